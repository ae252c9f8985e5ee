import { describe, expect, it } from '@jest/globals';
import { RoleQueue } from './role-queue.js';

const EPOCH = Date.parse('2026-01-01T00:00:00.000Z');

function queueOf(...tasks: [taskId: string, priority: number, readyAfterMs?: number][]): RoleQueue {
  const queue = new RoleQueue();
  for (const [taskId, priority, readyAfterMs = 0] of tasks) add(queue, taskId, priority, readyAfterMs);
  return queue;
}

function add(queue: RoleQueue, taskId: string, priority: number, readyAfterMs = 0): void {
  const readyAt = new Date(EPOCH + readyAfterMs).toISOString();
  queue.wait(taskId, { runId: 'r', taskId, role: 'check', priority, readyAt, revision: 1 });
}

const many = (count: number) => Array.from({ length: count }, (_, n) => [`low${n}`, 0] as [string, number]);

/** All that it offers now. */
function taken(queue: RoleQueue, now = 0): string[] {
  const keys: string[] = [];
  for (let next = queue.take(now); next; next = queue.take(now)) keys.push(next[0]);
  return keys;
}

describe('what of a role is offered (fault 24)', () => {
  it('is the most urgent first, else in the order in which it became ready', () => {
    expect(taken(queueOf(['a', 0], ['b', 3], ['c', 9], ['d', 3]))).toEqual(['c', 'b', 'd', 'a']);
  });

  it('grows more urgent while it waits: a minute is worth one step', () => {
    const queue = queueOf(['old', 0, 0], ['new', 2, 119_000], ['newest', 2, 121_000]);
    expect(taken(queue)).toEqual(['new', 'old', 'newest']);
  });

  it('is little more than what is being worked on, so that what is urgent overtakes the rest', () => {
    const queue = queueOf(...many(30));
    expect(taken(queue)).toEqual(['low0', 'low1', 'low2', 'low3']);
    add(queue, 'urgent', 9);
    expect(taken(queue)).toEqual([]);
    queue.lease('low0', 0);
    expect(taken(queue).slice(0, 2)).toEqual(['urgent', 'low4']);
  });

  it('is more when more is taken', () => {
    const queue = queueOf(...many(1_000));
    let offered = taken(queue);
    for (let turn = 1; turn < 6; turn++) {
      for (const key of offered) queue.lease(key, turn * 10);
      for (const key of offered) queue.leave(key);
      offered = taken(queue, turn * 10);
    }
    expect(offered.length).toBeGreaterThan(8);
  });

  it('goes on past an offer that somebody took and did not claim', () => {
    const queue = queueOf(...many(20));
    expect(taken(queue)).toHaveLength(4);
    queue.lease('low3', 0);
    queue.leave('low3');
    expect(taken(queue)).toHaveLength(4);
    expect(taken(queue)).toEqual([]);
    // Nobody took any of these: they are offered again by then, so that they no longer count.
    expect(taken(queue, 10_001)).toHaveLength(4);
  });

  it('forgets what is over', () => {
    const queue = queueOf(...many(6));
    queue.leave('low1');
    expect(taken(queue)).toEqual(['low0', 'low2', 'low3', 'low4']);
  });
});
