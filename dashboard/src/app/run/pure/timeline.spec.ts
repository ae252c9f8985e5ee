import { describe, expect, it } from '@jest/globals';
import { at, ms, task } from '../../../test/rows';
import { criticalPath } from './critical-path';
import { taskFact } from './task-facts';
import { timelineOf } from './timeline';

const run = { startedAt: at(0) };
const attempt = (n: number, outcome: string, from: number, to?: number) => ({
  attempt: n,
  role: 'check',
  outcome,
  startedAt: at(from),
  ...(to !== undefined && { endedAt: at(to) }),
});

describe('the timeline', () => {
  it('has a bar per attempt, hatched where it was lost', () => {
    const lint = task('lint', [], {
      state: 'leased',
      attempts: [attempt(1, 'lost', 10, 30), attempt(2, 'running', 40)],
    } as never);
    const { rows, now } = timelineOf(run as never, [lint], ms(100));
    expect(rows[0]?.bars.map(({ kind }) => kind)).toEqual(['lost', 'progress']);
    expect(rows[0]?.bars[1]).toMatchObject({ words: 'attempt 2 runs, 1 min 0 s' });
    expect(now).toBeCloseTo(92.6, 0);
  });

  it('shows the wait of a gate until it is decided', () => {
    const gate = task('approve', [], { kind: 'gate', state: 'waiting', readyAt: at(20) } as never);
    expect(timelineOf(run as never, [gate], ms(60)).rows[0]?.bars).toMatchObject([{ kind: 'waiting' }]);
  });

  it('stops at the end of the run', () => {
    const { now, ticks } = timelineOf({ startedAt: at(0), endedAt: at(50) } as never, [], ms(900));
    expect(now).toBeUndefined();
    expect(ticks.map(({ words }) => words)).toEqual(['0:00', '0:10', '0:20', '0:30', '0:40', '0:50']);
  });

  it('has nothing for what has not started', () => {
    expect(timelineOf(run as never, [task('x', [])], ms(5)).rows[0]?.bars).toEqual([]);
  });
});

describe('the critical path', () => {
  const done = (id: string, needs: string[], from: number, to: number) =>
    task(id, needs, { startedAt: at(from), endedAt: at(to), state: 'succeeded' } as never);
  const tasks = [done('clone', [], 0, 3), done('lint', ['clone'], 3, 40), done('count', ['clone'], 3, 9)];

  it('follows what each task had to wait for longest', () => {
    const notes = task('notes', ['lint', 'count'], { startedAt: at(41), state: 'leased' } as never);
    expect([...criticalPath([...tasks, notes, task('publish', ['notes'])], ms(50))]).toEqual([
      'notes',
      'lint',
      'clone',
    ]);
  });

  it('ends in what runs', () => {
    const open = { ...tasks[2]!, endedAt: undefined };
    expect([...criticalPath([tasks[0]!, tasks[1]!, open], ms(60))]).toEqual(['count', 'clone']);
  });
});

describe('the fact on a node', () => {
  it('is what matters in its state', () => {
    const facts = [
      task('a', []),
      task('b', [], { kind: 'gate' }),
      task('c', [], { state: 'leased', attempt: 2, startedAt: at(0) } as never),
      task('d', [], { state: 'waiting', startedAt: at(0) } as never),
      task('e', [], { state: 'succeeded', startedAt: at(0), endedAt: at(3.1) } as never),
      task('f', [], { state: 'ready', readyAt: at(50) } as never),
    ].map((row) => taskFact(row, ms(60)));
    expect(facts).toEqual([
      'not started',
      'gate',
      'attempt 2, 1 min',
      'waits 1 min 0 s',
      '3.1 s',
      'queued 10 s',
    ]);
  });
});
