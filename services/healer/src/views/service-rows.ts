import { monitorEvents, servicesView, targetEvents, type MonitorRow, type ServiceRow } from '@agencyos/contracts';
import { changesBy, type Rows, unchanged } from '@agencyos/runtime';

const ALL = 'all';

/** One row per target, with its monitors. */
export const serviceChanges = changesBy([targetEvents, monitorEvents], {
  async TargetRegistered({ data, metadata: { recordedAt: at } }, rows) {
    const { targetId, kind, driver, replicas } = data;
    const services = rows.of(servicesView, ALL);
    const known = await services.get(`target/${targetId}`);
    const before = known ?? { state: 'unknown', since: at, monitors: await monitorsOf(rows, targetId) };
    services.put(`target/${targetId}`, { ...before, targetId, kind, driver, replicas });
    await changeTarget(rows, targetId, at, (row) => row);
  },
  async MonitorPublished({ data, metadata: { recordedAt: at } }, rows) {
    const { monitorId, targetId, name, kind, severity } = data;
    const services = rows.of(servicesView, ALL);
    const before = (await services.get(`monitor/${monitorId}`)) ?? { state: 'clear', since: at };
    services.put(`monitor/${monitorId}`, { ...before, monitorId, targetId, name, kind, severity });
    await changeTarget(rows, targetId, at, ({ monitors, ...row }) => ({
      ...row,
      monitors: [...monitors.filter((id) => id !== monitorId), monitorId],
    }));
  },
  MonitorBreached({ data, metadata }, rows) {
    const { monitorId, breachId, sinceAt, window } = data;
    return changeMonitor(rows, monitorId, metadata.recordedAt, (row) => ({
      ...row,
      state: 'breached',
      since: sinceAt,
      lastBreach: { breachId, sinceAt, window },
    }));
  },
  MonitorCleared({ data: { monitorId, lastedMs }, metadata: { recordedAt: at } }, rows) {
    return changeMonitor(rows, monitorId, at, (row) => ({
      ...row,
      state: 'clear',
      since: at,
      ...(row.lastBreach && { lastBreach: { ...row.lastBreach, lastedMs } }),
    }));
  },
  MonitorDataLost: ({ data: { monitorId, sinceAt }, metadata }, rows) =>
    changeMonitor(rows, monitorId, metadata.recordedAt, (row) =>
      row.state === 'breached' ? row : { ...row, state: 'no_data', since: sinceAt },
    ),
  MonitorDataReturned: ({ data: { monitorId }, metadata: { recordedAt: at } }, rows) =>
    changeMonitor(rows, monitorId, at, (row) => (row.state === 'no_data' ? { ...row, state: 'clear', since: at } : row)),
  BreachAttached: ({ data: { targetId, incidentId }, metadata }, rows) =>
    changeTarget(rows, targetId, metadata.recordedAt, (row) => ({ ...row, incidentId })),
  BreachSuppressed: unchanged,
  IncidentDetached: ({ data: { targetId }, metadata }, rows) =>
    changeTarget(rows, targetId, metadata.recordedAt, ({ incidentId: _, ...row }) => row),
  RepairAdmitted({ data: { repairId, runbookId, targetId }, metadata: { recordedAt: at } }, rows) {
    const lastRepair = { repairId, runbookId, outcome: 'running' as const, at };
    return changeTarget(rows, targetId, at, (row) => ({ ...row, lastRepair }));
  },
  RepairDeferred: unchanged,
  RepairReleased: ({ data: { repairId, outcome, targetId }, metadata: { recordedAt: at } }, rows) =>
    changeTarget(rows, targetId, at, (row) =>
      row.lastRepair?.repairId === repairId ? { ...row, lastRepair: { ...row.lastRepair, outcome, at } } : row,
    ),
});

/** A monitor may have been published before its target was registered. */
async function monitorsOf(rows: Rows, targetId: string): Promise<string[]> {
  const monitors = await rows.of(servicesView, ALL).list('monitor');
  return monitors.filter(([, row]) => row.targetId === targetId).map(([, row]) => row.monitorId);
}

async function changeMonitor(rows: Rows, monitorId: string, at: string, change: (row: MonitorRow) => MonitorRow): Promise<void> {
  const row = await rows.of(servicesView, ALL).get(`monitor/${monitorId}`);
  if (!row) return;
  rows.of(servicesView, ALL).put(`monitor/${monitorId}`, change(row));
  await changeTarget(rows, row.targetId, at, (target) => target);
}

/** A target is as bad as the worst of its monitors, and `repairing` while somebody works on it. */
async function changeTarget(rows: Rows, targetId: string, at: string, change: (row: ServiceRow) => ServiceRow): Promise<void> {
  const before = await rows.of(servicesView, ALL).get(`target/${targetId}`);
  if (!before) return;
  const row = change(before);
  const monitors = await Promise.all(row.monitors.map((monitorId) => rows.of(servicesView, ALL).get(`monitor/${monitorId}`)));
  const state = stateOf(row, monitors);
  rows.of(servicesView, ALL).put(`target/${targetId}`, {
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
