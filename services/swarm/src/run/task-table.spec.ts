import { text, type PlannedTask } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import type { Task } from './task.js';
import { TaskTable } from './task-table.js';

const planned = (taskId: string, needs: string[] = [], more: Partial<PlannedTask> = {}): PlannedTask => ({
  ...{ taskId, nodeId: taskId, title: text(taskId), kind: 'task', role: 'check', needs, card: true },
  ...more,
});
/** a; b and c after a; d after both. */
const diamond = TaskTable.empty.plan([planned('a'), planned('b', ['a']), planned('c', ['a']), planned('d', ['b', 'c'])]);
const waits = (table: TaskTable) => [...table].map(({ taskId, open, broken }) => `${taskId} ${open}/${broken}`);
const counts = { size: 4, active: 0, held: 0, attention: 1, settled: 0, succeeded: 0 };

describe('the tasks of a run', () => {
  it('are planned in order, and know what each waits for', () => {
    expect(waits(diamond)).toEqual(['a 0/0', 'b 1/0', 'c 1/0', 'd 2/0']);
    expect(diamond.dependentsOf('a')).toEqual(['b', 'c']);
    expect(diamond.dependentsOf('d')).toEqual([]);
    expect(diamond.dependentsOf('nobody')).toEqual([]);
    expect(diamond.counts).toEqual(counts);
    expect(diamond.get('a')).toMatchObject({ kind: 'task', state: 'planned', attempt: 0, role: 'check', visited: ['check'] });
    expect(diamond.get('nobody')).toBeUndefined();
  });

  it('are gates where they say so, which have no role', () => {
    const { role: _, ...gate } = planned('gate', [], { kind: 'gate' });
    expect(TaskTable.empty.plan([gate]).get('gate')).toMatchObject({ kind: 'gate', role: '', visited: [] });
  });

  it('wait for one less with each that succeeds', () => {
    const after = diamond.update('a', { state: 'succeeded' });
    expect(waits(after)).toEqual(['a 0/0', 'b 0/0', 'c 0/0', 'd 2/0']);
    expect(after.counts).toEqual({ ...counts, attention: 2, settled: 1, succeeded: 1 });
    expect(waits(after.update('b', { state: 'succeeded' }))[3]).toBe('d 1/0');
    // And for one more when it begins again.
    expect(waits(after.update('a', { state: 'planned' }))).toEqual(waits(diamond));
  });

  it.each<Task['state']>(['failed', 'skipped', 'cancelled'])('know that they wait in vain for one that has %s', (state) => {
    const after = diamond.update('b', { state });
    expect(waits(after)[3]).toBe('d 2/1');
    expect(after.counts).toEqual({ ...counts, attention: 2, settled: 1 });
    expect(waits(after.update('b', { state: 'planned' }))).toEqual(waits(diamond));
  });

  it.each<[Task['state'], object]>([
    ['ready', { active: 1 }],
    ['leased', { active: 1, held: 1 }],
    ['stopping', { active: 1, held: 1 }],
    ['waiting', { active: 1 }],
    ['between', { active: 1 }],
  ])('are counted while one is %s', (state, more) =>
    expect(diamond.update('a', { state }).counts).toEqual({ ...counts, attention: 0, ...more }),
  );

  it('want attention when the next attempt is due now', () =>
    expect(diamond.update('a', { state: 'between', dueNow: true }).counts).toMatchObject({ attention: 1, active: 1 }));

  it('may be planned later, after some that have ended', () => {
    const later = diamond
      .update('a', { state: 'succeeded' })
      .update('b', { state: 'failed' })
      .plan([planned('e', ['a', 'b', 'gone'])]);
    expect(waits(later).at(-1)).toBe('e 1/1');
    expect(later.dependentsOf('b')).toEqual(['d', 'e']);
    expect(later.counts).toMatchObject({ size: 5, attention: 3 });
  });

  it('leave every older state as it was', () => {
    diamond.update('a', { state: 'leased', holder: 'agent:x' }).plan([planned('e', ['a'])]);
    expect(waits(diamond)).toEqual(['a 0/0', 'b 1/0', 'c 1/0', 'd 2/0']);
    expect([diamond.dependentsOf('a'), diamond.counts, diamond.get('e')]).toEqual([['b', 'c'], counts, undefined]);
  });

  it('stay what they are where nobody is meant', () => expect(diamond.update('nobody', { state: 'ready' })).toBe(diamond));

  it('are the same out of their JSON, however many', () => {
    const many = TaskTable.empty
      .plan(Array.from({ length: 150 }, (_, n) => planned(`t${n}`, n > 0 ? [`t${n - 1}`] : [])))
      .plan([planned('last', ['t0', 't149'])])
      .update('t0', { state: 'succeeded' })
      .update('t1', { state: 'leased' })
      .update('t70', { state: 'failed' });
    const again = TaskTable.of(JSON.parse(JSON.stringify(many)) as Task[][]);
    expect([...again]).toEqual(JSON.parse(JSON.stringify([...many])));
    expect(again.counts).toEqual(many.counts);
    for (const { taskId } of many) expect(again.dependentsOf(taskId)).toEqual(many.dependentsOf(taskId));
    expect([...many].map(({ taskId }, at) => many.at(at).taskId === taskId)).not.toContain(false);
    expect(again.get('t149')).toMatchObject({ taskId: 't149' });
  });
});
