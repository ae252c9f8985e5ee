import type { RepairRow } from '@agencyos/contracts';
import type { Rows } from '@agencyos/runtime';
import type { HealerFact } from '../reactions/facts.js';

const ALL = 'all';

export const repairRow = (rows: Rows, repairId: string) =>
  rows.get<RepairRow>('incidents', ALL, `repair/${repairId}`);

/** One row per repair, with its steps as they go. */
export async function projectRepair(fact: HealerFact, rows: Rows): Promise<void> {
  const at = fact.metadata.recordedAt;
  switch (fact.type) {
    case 'RepairProposed': {
      const { repairId, incidentId, targetId, runbookId, runbookVersion, autonomy } = fact.data;
      const of = { repairId, incidentId, targetId, runbookId, runbookVersion, autonomy };
      const row: RepairRow = { ...of, try: fact.data.try, state: 'proposed', at, steps: [] };
      return rows.put('incidents', ALL, `repair/${repairId}`, row);
    }
    case 'RepairDeclined':
      return change(rows, fact.data.repairId, (row) => ({
        ...row,
        state: 'declined',
        at,
        outcome: fact.data.outcome,
      }));
    case 'RepairStarted':
      return change(rows, fact.data.repairId, (row) => ({ ...row, state: 'started', at }));
    case 'RepairStepStarted': {
      const { step, stepId, act } = fact.data;
      return change(rows, fact.data.repairId, (row) => ({
        ...row,
        steps: [...row.steps, { step, stepId, act, state: 'running', startedAt: at }],
      }));
    }
    case 'RepairStepSucceeded':
      return endStep(rows, fact.data, 'succeeded', at);
    case 'RepairStepFailed':
      return endStep(rows, fact.data, 'failed', at);
    case 'RepairVerificationStarted':
      return change(rows, fact.data.repairId, (row) => ({ ...row, state: 'verifying', at }));
    case 'RepairVerified':
      return change(rows, fact.data.repairId, (row) => ({ ...row, state: 'verified', at }));
    case 'RepairFailed':
      return change(rows, fact.data.repairId, (row) => ({
        ...row,
        state: 'failed',
        at,
        outcome: fact.data.why,
      }));
    default:
      return;
  }
}

function endStep(
  rows: Rows,
  { repairId, step }: { repairId: string; step: number },
  state: 'succeeded' | 'failed',
  at: string,
): Promise<void> {
  return change(rows, repairId, (row) => ({
    ...row,
    steps: row.steps.map((one) => (one.step === step ? { ...one, state, endedAt: at } : one)),
  }));
}

async function change(rows: Rows, repairId: string, by: (row: RepairRow) => RepairRow): Promise<void> {
  const row = await repairRow(rows, repairId);
  if (row) rows.put('incidents', ALL, `repair/${repairId}`, by(row));
}
