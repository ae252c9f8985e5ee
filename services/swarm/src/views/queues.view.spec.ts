import { queuesView, type Fact } from '@agencyos/contracts';
import { MemoryRows } from '@agencyos/runtime/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { queuesProjection } from './queues.view.js';

const runId = '01900000-0000-7000-8000-00000000000f';
let rows: MemoryRows;
let revision: number;
beforeEach(() => {
  [rows, revision] = [new MemoryRows(), 0];
});
const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;

const tell = (type: string, taskId: string, second = 0, more: object = {}) =>
  queuesProjection.project(
    {
      ...{ type, revision: ++revision, metadata: { recordedAt: at(second) } },
      data: { runId, taskId, attempt: 1, role: 'check', priority: 2, leaseMs: 30_000, ...more },
    } as unknown as Fact,
    rows,
  );
const scheduled = (...given: [taskId: string, second?: number, more?: object]) => tell('TaskScheduled', ...given);
const role = (name = 'check') => rows.of(queuesView, 'all').get(`role/${name}`);
const ready = async () => (await rows.of(queuesView, 'all').list('ready')).map(([, row]) => row);

describe('the queue of a role', () => {
  it('has what may be claimed, since when, and how many there are', async () => {
    await scheduled('a', 1);
    await scheduled('b', 2);
    await scheduled('n', 3, { role: 'notes' });
    expect((await ready())[0]).toEqual({
      ...{ runId, taskId: 'a', attempt: 1, role: 'check', priority: 2, leaseMs: 30_000, readyAt: at(1), revision: 1 },
    });
    expect(await role()).toEqual({ role: 'check', depth: 2, oldestAt: at(1) });
    expect(await role('notes')).toEqual({ role: 'notes', depth: 1, oldestAt: at(3) });
  });

  it.each(['TaskFailed', 'TaskCancelled', 'TaskSkipped'])('is left with %s', async (type) => {
    for (const [n, taskId] of ['a', 'b', 'c'].entries()) await scheduled(taskId, n + 1);
    await scheduled('old', 0, { role: 'notes' });
    await tell(type, 'a');
    expect((await ready()).map(({ taskId }) => taskId)).toEqual(['b', 'c', 'old']);
    expect(await role()).toEqual({ role: 'check', depth: 2, oldestAt: at(2) });
    await tell(type, 'c');
    expect(await role()).toEqual({ role: 'check', depth: 1, oldestAt: at(2) });
    await tell(type, 'b');
    expect(await role()).toEqual({ role: 'check', depth: 0 });
    expect(await role('notes')).toMatchObject({ depth: 1 });
  });

  it('is left once', async () => {
    await scheduled('a', 1);
    await scheduled('b', 2);
    for (let n = 0; n < 3; n++) await tell('TaskLeased', 'a');
    expect(await role()).toMatchObject({ depth: 1 });
  });

  it('has a task once, for the role that it has now', async () => {
    await scheduled('a', 1);
    await scheduled('a', 4, { role: 'notes', attempt: 2 });
    expect(await role()).toEqual({ role: 'check', depth: 0 });
    expect(await role('notes')).toEqual({ role: 'notes', depth: 1, oldestAt: at(4) });
    expect(await ready()).toMatchObject([{ attempt: 2, role: 'notes' }]);
  });

  it('is no concern of other facts', async () => {
    await tell('TaskSucceeded', 'a');
    expect(rows.all()).toEqual([]);
  });

  it('has how many are worked at, until the attempt is over', async () => {
    const ends = [
      'TaskSucceeded',
      'TaskFailed',
      'TaskLeaseExpired',
      'TaskReleased',
      'TaskHandedOff',
      'TaskCancelled',
      'TaskScheduled',
    ];
    for (const taskId of ends) await scheduled(taskId);
    for (const taskId of ends) await tell('TaskLeased', taskId);
    expect(await role()).toEqual({ role: 'check', depth: 0, held: ends.length });
    for (const [n, type] of ends.entries()) {
      await tell(type, type);
      await tell(type, type); // once more changes nothing
      expect((await role())?.held ?? 0).toBe(ends.length - 1 - n);
    }
    expect(await role()).toMatchObject({ depth: 1 });
    expect(await rows.of(queuesView, 'all').list('held')).toEqual([]);
  });
});
