import type { RunListRow, TaskRow } from '@agencyos/contracts';
import { corpus, frozenEvents, MemoryRows, replay, type Effects } from '@agencyos/runtime/testing';
import { describe, expect, it } from '@jest/globals';
import { swarm } from '../src/service.js';

/** Offers and leases are of the moment. */
const effects = {
  bus: { request: () => Promise.resolve({}), publish: () => undefined },
  database: { query: () => Promise.resolve([[], 0]) },
  views: new MemoryRows(),
} as unknown as Effects;

const logs = await corpus();
const histories = [...(await frozenEvents()), ...logs].map((history) => [history.name, history] as const);

describe('everything that was ever recorded is understood today', () => {
  it.each(histories)('%s', async (_, history) => {
    await expect(replay(swarm, history, effects)).resolves.toBeDefined();
  });

  it('and the first day ends as it ended then', async () => {
    const { rows } = await replay(
      swarm,
      logs.find(({ name }) => name === '0.1.0/first-day')!,
      effects,
    );
    const runs = rows.all<RunListRow>('run-list').map(({ value }) => `${value.workflowId} ${value.state}`);
    expect(runs).toEqual(['release-check succeeded', 'nightly cancelled', 'announce failed', 'nightly running']);
    const tasks = rows.all<TaskRow>('run', 'task/').map(({ value }) => value);
    expect(tasks.filter(({ state }) => state === 'succeeded').map(({ taskId }) => taskId)).toEqual([
      'clone',
      'lint',
      'count',
      'license',
      'notes',
      'approve',
      'publish',
    ]);
    expect(tasks.find(({ taskId }) => taskId === 'notes')).toMatchObject({
      attempt: 2,
      handoffs: [{ fromRole: 'notes', toRole: 'reviewer' }],
    });
    expect(tasks.find(({ taskId }) => taskId === 'slow')).toMatchObject({ state: 'cancelled', attempt: 4 });
  });
});
