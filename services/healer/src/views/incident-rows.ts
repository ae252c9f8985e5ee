import {
  text,
  type IncidentRow,
  type MonitorRow,
  type RepairRow,
  type ServiceRow,
} from '@agencyos/contracts';
import type { Rows } from '@agencyos/runtime';
import type { HealerFact } from '../reactions/facts.js';
import { repairRow } from './repair-rows.js';
import { sentence } from './sentences.js';

const ALL = 'all';
const LOG_LINES = 100;
/** Closed incidents beyond so many leave the view, oldest first; the log keeps them. */
const KEPT = 200;

const SEVERITIES = ['info', 'warning', 'critical'] as const;

/** One row per incident: its phases with their times, and what happened in words. */
export async function projectIncident(fact: HealerFact, rows: Rows): Promise<void> {
  const at = fact.metadata.recordedAt;
  if (fact.type === 'IncidentOpened') {
    const { incidentId, targetId, monitorId, severity, title, detectedAt } = fact.data;
    const sinceAt = await sinceOf(rows, monitorId, fact.data.breachId);
    const row: IncidentRow = {
      ...{ incidentId, targetId, monitorIds: [monitorId], severity, title, state: 'open' },
      ...(sinceAt && { sinceAt }),
      ...{ detectedAt, openedAt: at, openBreaches: 1, log: [] },
    };
    return put(rows, row, at, sentence(fact));
  }
  const row = await rowOf(fact, rows);
  if (!row) return;
  const next = changed(row, fact, at);
  const line = sentence(fact);
  if (next !== row || line) put(rows, next, at, line);
  if (fact.type === 'IncidentClosed') await dropOldest(rows);
}

function changed(row: IncidentRow, fact: HealerFact, at: string): IncidentRow {
  switch (fact.type) {
    case 'IncidentReopened':
    case 'IncidentBreachJoined': {
      const { monitorId } = fact.data;
      const monitorIds = [...row.monitorIds.filter((id) => id !== monitorId), monitorId];
      const severity = worse(row.severity, fact.data.severity);
      const joined = { ...row, monitorIds, severity, openBreaches: row.openBreaches + 1 };
      if (fact.type === 'IncidentBreachJoined') return joined;
      const { resolvedAt: _at, how: _how, escalation: _escalation, ...open } = joined;
      return { ...open, state: 'open' };
    }
    case 'IncidentBreachCleared':
      return { ...row, openBreaches: fact.data.openBreaches };
    case 'RepairProposed':
      return { ...row, repairId: fact.data.repairId, runbookId: fact.data.runbookId, try: fact.data.try };
    case 'IncidentResponseStarted':
      return { ...row, state: 'responding', respondedAt: row.respondedAt ?? at };
    case 'RepairStepSucceeded':
      return { ...row, actedAt: row.actedAt ?? at };
    case 'IncidentEscalated':
      return { ...row, state: 'escalated', escalation: { why: fact.data.why, at } };
    case 'IncidentResolved':
      return { ...row, state: 'resolved', resolvedAt: at, how: fact.data.how, openBreaches: 0 };
    case 'IncidentClosed':
      return { ...row, state: 'closed', closedAt: at };
    default:
      return row;
  }
}

/** The incident that a fact belongs to: its own, its repair's, or the one that holds the target. */
async function rowOf(fact: HealerFact, rows: Rows): Promise<IncidentRow | undefined> {
  const { data } = fact;
  const incidentId = 'incidentId' in data ? data.incidentId : await incidentOf(fact, rows);
  return incidentId ? rows.get<IncidentRow>('incidents', ALL, `incident/${incidentId}`) : undefined;
}

async function incidentOf({ data }: HealerFact, rows: Rows): Promise<string | undefined> {
  if ('repairId' in data && data.repairId) {
    const repair: RepairRow | undefined = await repairRow(rows, data.repairId);
    return repair?.incidentId;
  }
  if ('targetId' in data) {
    return (await rows.get<ServiceRow>('services', ALL, `target/${data.targetId}`))?.incidentId;
  }
  return undefined;
}

async function sinceOf(rows: Rows, monitorId: string, breachId: string): Promise<string | undefined> {
  const monitor = await rows.get<MonitorRow>('services', ALL, `monitor/${monitorId}`);
  return monitor?.lastBreach?.breachId === breachId ? monitor.lastBreach.sinceAt : undefined;
}

function put(rows: Rows, row: IncidentRow, at: string, line: string | undefined): void {
  const log = line ? [...row.log, { at, text: text(line) }].slice(-LOG_LINES) : row.log;
  rows.put('incidents', ALL, `incident/${row.incidentId}`, { ...row, log });
}

async function dropOldest(rows: Rows): Promise<void> {
  const incidents = (await rows.list<IncidentRow>('incidents', ALL, 'incident/')).map(([, row]) => row);
  const excess = incidents.length - KEPT;
  if (excess <= 0) return;
  const closed = incidents.filter(({ state }) => state === 'closed');
  const oldest = closed.sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1)).slice(0, excess);
  const gone = new Set(oldest.map(({ incidentId }) => incidentId));
  for (const incidentId of gone) rows.del('incidents', ALL, `incident/${incidentId}`);
  for (const [key, repair] of await rows.list<RepairRow>('incidents', ALL, 'repair/')) {
    if (gone.has(repair.incidentId)) rows.del('incidents', ALL, key);
  }
}

const worse = (a: IncidentRow['severity'], b: IncidentRow['severity']) =>
  SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
