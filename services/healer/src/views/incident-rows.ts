import {
  incidentEvents,
  incidentsView,
  repairEvents,
  servicesView,
  targetEvents,
  text,
  type FactOf,
  type IncidentRow,
} from '@agencyos/contracts';
import { changesBy, type Rows } from '@agencyos/runtime';
import { repairRow } from './repair-rows.js';
import { sentence, type IncidentFact } from './sentences.js';

const ALL = 'all';
const LOG_LINES = 100;
/** Closed incidents beyond so many leave the view, oldest first; the log keeps them. */
const KEPT = 200;

const SEVERITIES = ['info', 'warning', 'critical'] as const;

type Breach = Extract<FactOf<typeof incidentEvents>, { type: 'IncidentReopened' | 'IncidentBreachJoined' }>;

/** One row per incident: its phases with their times, and what happened in words. */
export const incidentChanges = changesBy([incidentEvents, repairEvents, targetEvents], {
  async IncidentOpened(fact, rows) {
    const { incidentId, targetId, monitorId, severity, title, detectedAt, breachId } = fact.data;
    const { recordedAt: at } = fact.metadata;
    const sinceAt = await sinceOf(rows, monitorId, breachId);
    const row: IncidentRow = {
      ...{ incidentId, targetId, monitorIds: [monitorId], severity, title, state: 'open' },
      ...(sinceAt && { sinceAt }),
      ...{ detectedAt, openedAt: at, openBreaches: 1, log: [] },
    };
    put(rows, row, at, sentence(fact));
  },
  IncidentReopened: (fact, rows) =>
    change(fact, rows, (row) => {
      const { resolvedAt: _at, how: _how, escalation: _escalation, ...open } = joined(row, fact);
      return { ...open, state: 'open' };
    }),
  IncidentBreachJoined: (fact, rows) => change(fact, rows, (row) => joined(row, fact)),
  IncidentBreachCleared: (fact, rows) => change(fact, rows, (row) => ({ ...row, openBreaches: fact.data.openBreaches })),
  IncidentResponseStarted: (fact, rows) =>
    change(fact, rows, (row) => ({
      ...row,
      state: 'responding',
      respondedAt: row.respondedAt ?? fact.metadata.recordedAt,
    })),
  IncidentEscalated: (fact, rows) =>
    change(fact, rows, (row) => ({
      ...row,
      state: 'escalated',
      escalation: { why: fact.data.why, at: fact.metadata.recordedAt },
    })),
  IncidentResolved: (fact, rows) =>
    change(fact, rows, (row) => ({
      ...{ ...row, state: 'resolved', how: fact.data.how, openBreaches: 0 },
      resolvedAt: fact.metadata.recordedAt,
    })),
  async IncidentClosed(fact, rows) {
    await change(fact, rows, (row) => ({ ...row, state: 'closed', closedAt: fact.metadata.recordedAt }));
    await dropOldest(rows);
  },
  RepairProposed: (fact, rows) =>
    change(fact, rows, (row) => {
      const { repairId, runbookId, try: attempt } = fact.data;
      return { ...row, repairId, runbookId, try: attempt };
    }),
  RepairStepSucceeded: (fact, rows) =>
    change(fact, rows, (row) => ({ ...row, actedAt: row.actedAt ?? fact.metadata.recordedAt })),
  RepairDeclined: tell,
  RepairStarted: tell,
  RepairStepStarted: tell,
  RepairStepFailed: tell,
  RepairVerificationStarted: tell,
  RepairVerified: tell,
  RepairFailed: tell,
  TargetRegistered: tell,
  BreachAttached: tell,
  BreachSuppressed: tell,
  IncidentDetached: tell,
  RepairAdmitted: tell,
  RepairDeferred: tell,
  RepairReleased: tell,
});

function joined(row: IncidentRow, { data: { monitorId, severity } }: Breach): IncidentRow {
  const monitorIds = [...row.monitorIds.filter((id) => id !== monitorId), monitorId];
  return { ...row, monitorIds, severity: worse(row.severity, severity), openBreaches: row.openBreaches + 1 };
}

/** A line in the log of the incident that the fact belongs to. */
async function tell(fact: IncidentFact, rows: Rows): Promise<void> {
  if (sentence(fact)) await change(fact, rows, (row) => row);
}

async function change(fact: IncidentFact, rows: Rows, by: (row: IncidentRow) => IncidentRow): Promise<void> {
  const row = await rowOf(fact, rows);
  if (row) put(rows, by(row), fact.metadata.recordedAt, sentence(fact));
}

/** The incident that a fact belongs to: its own, its repair's, or the one that holds the target. */
async function rowOf(fact: IncidentFact, rows: Rows): Promise<IncidentRow | undefined> {
  const { data } = fact;
  const incidentId = 'incidentId' in data ? data.incidentId : await incidentOf(fact, rows);
  return incidentId ? rows.of(incidentsView, ALL).get(`incident/${incidentId}`) : undefined;
}

async function incidentOf({ data }: IncidentFact, rows: Rows): Promise<string | undefined> {
  if ('repairId' in data && data.repairId) return (await repairRow(rows, data.repairId))?.incidentId;
  if ('targetId' in data) return (await rows.of(servicesView, ALL).get(`target/${data.targetId}`))?.incidentId;
  return undefined;
}

async function sinceOf(rows: Rows, monitorId: string, breachId: string): Promise<string | undefined> {
  const monitor = await rows.of(servicesView, ALL).get(`monitor/${monitorId}`);
  return monitor?.lastBreach?.breachId === breachId ? monitor.lastBreach.sinceAt : undefined;
}

function put(rows: Rows, row: IncidentRow, at: string, line: string | undefined): void {
  const log = line ? [...row.log, { at, text: text(line) }].slice(-LOG_LINES) : row.log;
  rows.of(incidentsView, ALL).put(`incident/${row.incidentId}`, { ...row, log });
}

async function dropOldest(rows: Rows): Promise<void> {
  const view = rows.of(incidentsView, ALL);
  const incidents = (await view.list('incident')).map(([, row]) => row);
  const excess = incidents.length - KEPT;
  if (excess <= 0) return;
  const closed = incidents.filter(({ state }) => state === 'closed');
  const oldest = closed.sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1)).slice(0, excess);
  const gone = new Set(oldest.map(({ incidentId }) => incidentId));
  for (const incidentId of gone) view.del(`incident/${incidentId}`);
  for (const [, { repairId, incidentId }] of await view.list('repair')) {
    if (gone.has(incidentId)) view.del(`repair/${repairId}`);
  }
}

const worse = (a: IncidentRow['severity'], b: IncidentRow['severity']) =>
  SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
