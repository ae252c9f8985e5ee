import { incidentsView, repairEvents, type RepairRow } from '@agencyos/contracts';
import { changesBy, type Rows } from '@agencyos/runtime';

export const repairRow = (rows: Rows, repairId: string): Promise<RepairRow | undefined> =>
  rows.of(incidentsView, 'all').get(`repair/${repairId}`);

/** One row per repair, with its steps as they go. */
export const repairChanges = changesBy([repairEvents], {
  RepairProposed({ data, metadata: { recordedAt: at } }, rows) {
    const { repairId, incidentId, targetId, runbookId, runbookVersion, autonomy } = data;
    const of = { repairId, incidentId, targetId, runbookId, runbookVersion, autonomy };
    put({ ...of, try: data.try, state: 'proposed', at, steps: [] }, rows);
  },
  RepairDeclined: ({ data, metadata: { recordedAt: at } }, rows) =>
    change(data, rows, (row) => ({ ...row, state: 'declined', at, outcome: data.outcome })),
  RepairStarted: ({ data, metadata: { recordedAt: at } }, rows) =>
    change(data, rows, (row) => ({ ...row, state: 'started', at })),
  RepairStepStarted({ data, metadata: { recordedAt: startedAt } }, rows) {
    const { step, stepId, act } = data;
    return change(data, rows, (row) => ({
      ...row,
      steps: [...row.steps, { step, stepId, act, state: 'running', startedAt }],
    }));
  },
  RepairStepSucceeded: ({ data, metadata }, rows) => endStep(data, rows, 'succeeded', metadata.recordedAt),
  RepairStepFailed: ({ data, metadata }, rows) => endStep(data, rows, 'failed', metadata.recordedAt),
  RepairVerificationStarted: ({ data, metadata: { recordedAt: at } }, rows) =>
    change(data, rows, (row) => ({ ...row, state: 'verifying', at })),
  RepairVerified: ({ data, metadata: { recordedAt: at } }, rows) =>
    change(data, rows, (row) => ({ ...row, state: 'verified', at })),
  RepairFailed: ({ data, metadata: { recordedAt: at } }, rows) =>
    change(data, rows, (row) => ({ ...row, state: 'failed', at, outcome: data.why })),
});

const endStep = (
  of: { repairId: string; step: number },
  rows: Rows,
  state: 'succeeded' | 'failed',
  endedAt: string,
): Promise<void> =>
  change(of, rows, (row) => ({
    ...row,
    steps: row.steps.map((one) => (one.step === of.step ? { ...one, state, endedAt } : one)),
  }));

async function change({ repairId }: { repairId: string }, rows: Rows, by: (row: RepairRow) => RepairRow): Promise<void> {
  const row = await repairRow(rows, repairId);
  if (row) put(by(row), rows);
}

const put = (row: RepairRow, rows: Rows): void => rows.of(incidentsView, 'all').put(`repair/${row.repairId}`, row);
