import { describe, expect, it } from '@jest/globals';
import { runView, taskBadgeView, type TaskRow } from '@agencyos/contracts';
import { badgeOf, changeTask, type TaskFact } from './task-row.js';

const RUN = '01900000-0000-7000-8000-00000000000f';
const at = '2026-01-01T00:00:00.000Z';
const gate = {
  ...{ taskId: 'approve', nodeId: 'approve', title: 'Approve', kind: 'gate', needs: [], state: 'waiting' },
  ...{ attempt: 0, attempts: [], handoffs: [], cardId: '01900000-0000-7000-8000-0000000000c1' },
} as unknown as TaskRow;
const fact = (type: string, data: object) =>
  ({ type, data: { runId: RUN, taskId: 'approve', ...data }, metadata: { recordedAt: at } }) as TaskFact;

describe('the row of a gate', () => {
  it('keeps who rejected it and why, on the run and over its card, until it is tried again (fault 33)', () => {
    const refusal = { outcome: 'rejected', by: 'user:someone', reason: 'The tag is wrong' };
    const refused = changeTask(gate, fact('GateRefused', { approvalId: 'a', ...refusal }));
    expect(refused).toMatchObject({ state: 'failed', endedAt: at, refusal });
    expect(badgeOf(RUN, refused)).toMatchObject({ refusal });
    const plain = (row: object) => JSON.parse(JSON.stringify(row)) as object;
    expect(runView.rows.task.safeParse(plain(refused)).error).toBeUndefined();
    expect(taskBadgeView.rows.task.safeParse(plain(badgeOf(RUN, refused))).error).toBeUndefined();
    expect(changeTask(refused, fact('RunReopened', { resetTaskIds: ['approve'] })).refusal).toBeUndefined();
  });
});

describe('the row of a task', () => {
  it('holds the log of each attempt that has ended (fault 30)', () => {
    const logs = { digest: `sha256:${'d'.repeat(64)}`, bytes: 3, mediaType: 'text/plain' };
    const end = {
      attempt: 1,
      logs,
      artifacts: [],
      output: { value: 1 },
      fault: { message: 'bad' },
      final: true,
    };
    for (const type of ['TaskSucceeded', 'TaskFailed', 'TaskHandedOff']) {
      const row = changeTask({ ...gate, attempt: 1 }, fact(type, end));
      expect(row.attempts).toMatchObject([{ attempt: 1, logs }]);
    }
  });
});
