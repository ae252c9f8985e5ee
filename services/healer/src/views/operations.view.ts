import { incidentsView, servicesView, type MonitorRow, type ServiceRow } from '@agencyos/contracts';
import type { Projection, Rows } from '@agencyos/runtime';
import { healerFact, type HealerFact } from '../reactions/facts.js';
import { projectIncident } from './incident-rows.js';
import { projectRepair } from './repair-rows.js';

const ALL = 'all';

/** What the operations page shows: targets with their monitors, incidents with their repairs. */
export const operationsProjection: Projection = {
  name: 'operations',
  version: 2,
  views: [servicesView, incidentsView],
  categories: ['target', 'monitor', 'incident', 'repair'],
  async project(recorded, rows) {
    const fact = healerFact(recorded);
    await projectService(fact, rows);
    await projectRepair(fact, rows);
    await projectIncident(fact, rows);
  },
};

async function projectService(fact: HealerFact, rows: Rows): Promise<void> {
  const at = fact.metadata.recordedAt;
  switch (fact.type) {
    case 'TargetRegistered': {
      const { targetId, kind, driver, replicas } = fact.data;
      const known = await rows.get<ServiceRow>('services', ALL, `target/${targetId}`);
      const before = known ?? { state: 'unknown', since: at, monitors: await monitorsOf(rows, targetId) };
      rows.put('services', ALL, `target/${targetId}`, { ...before, targetId, kind, driver, replicas });
      return changeTarget(rows, targetId, at, (row) => row);
    }
    case 'MonitorPublished': {
      const { monitorId, targetId, name, kind, severity } = fact.data;
      const known = await rows.get<MonitorRow>('services', ALL, `monitor/${monitorId}`);
      const before = known ?? { state: 'clear', since: at };
      rows.put('services', ALL, `monitor/${monitorId}`, {
        ...before,
        monitorId,
        targetId,
        name,
        kind,
        severity,
      });
      await changeTarget(rows, targetId, at, ({ monitors, ...row }) => ({
        ...row,
        monitors: [...monitors.filter((id) => id !== monitorId), monitorId],
      }));
      return;
    }
    case 'MonitorBreached': {
      const { breachId, sinceAt, window } = fact.data;
      return changeMonitor(rows, fact.data.monitorId, at, (row) => ({
        ...row,
        state: 'breached',
        since: sinceAt,
        lastBreach: { breachId, sinceAt, window },
      }));
    }
    case 'MonitorCleared': {
      const { lastedMs } = fact.data;
      return changeMonitor(rows, fact.data.monitorId, at, (row) => ({
        ...row,
        state: 'clear',
        since: at,
        ...(row.lastBreach && { lastBreach: { ...row.lastBreach, lastedMs } }),
      }));
    }
    case 'MonitorDataLost':
      return changeMonitor(rows, fact.data.monitorId, at, (row) =>
        row.state === 'breached' ? row : { ...row, state: 'no_data', since: fact.data.sinceAt },
      );
    case 'MonitorDataReturned':
      return changeMonitor(rows, fact.data.monitorId, at, (row) =>
        row.state === 'no_data' ? { ...row, state: 'clear', since: at } : row,
      );
    case 'BreachAttached':
      return changeTarget(rows, fact.data.targetId, at, (row) => ({
        ...row,
        incidentId: fact.data.incidentId,
      }));
    case 'IncidentDetached':
      return changeTarget(rows, fact.data.targetId, at, ({ incidentId: _, ...row }) => row);
    case 'RepairAdmitted': {
      const { repairId, runbookId, targetId } = fact.data;
      const lastRepair = { repairId, runbookId, outcome: 'running' as const, at };
      return changeTarget(rows, targetId, at, (row) => ({ ...row, lastRepair }));
    }
    case 'RepairReleased': {
      const { repairId, outcome, targetId } = fact.data;
      return changeTarget(rows, targetId, at, (row) =>
        row.lastRepair?.repairId === repairId
          ? { ...row, lastRepair: { ...row.lastRepair, outcome, at } }
          : row,
      );
    }
    default:
      return;
  }
}

/** A monitor may have been published before its target was registered. */
async function monitorsOf(rows: Rows, targetId: string): Promise<string[]> {
  const monitors = await rows.list<MonitorRow>('services', ALL, 'monitor/');
  return monitors.filter(([, row]) => row.targetId === targetId).map(([, row]) => row.monitorId);
}

async function changeMonitor(
  rows: Rows,
  monitorId: string,
  at: string,
  change: (row: MonitorRow) => MonitorRow,
): Promise<void> {
  const row = await rows.get<MonitorRow>('services', ALL, `monitor/${monitorId}`);
  if (!row) return;
  rows.put('services', ALL, `monitor/${monitorId}`, change(row));
  await changeTarget(rows, row.targetId, at, (target) => target);
}

/** A target is as bad as the worst of its monitors, and `repairing` while somebody works on it. */
async function changeTarget(
  rows: Rows,
  targetId: string,
  at: string,
  change: (row: ServiceRow) => ServiceRow,
): Promise<void> {
  const before = await rows.get<ServiceRow>('services', ALL, `target/${targetId}`);
  if (!before) return;
  const row = change(before);
  const monitors = await Promise.all(
    row.monitors.map((monitorId) => rows.get<MonitorRow>('services', ALL, `monitor/${monitorId}`)),
  );
  const state = stateOf(row, monitors);
  rows.put('services', ALL, `target/${targetId}`, {
    ...row,
    state,
    since: state === before.state ? before.since : at,
  });
}

function stateOf({ lastRepair }: ServiceRow, monitors: (MonitorRow | undefined)[]): ServiceRow['state'] {
  const any = (state: MonitorRow['state']) => monitors.some((monitor) => monitor?.state === state);
  if (lastRepair?.outcome === 'running') return 'repairing';
  if (any('breached')) return 'breached';
  if (any('no_data')) return 'no_data';
  return monitors.length > 0 ? 'healthy' : 'unknown';
}
