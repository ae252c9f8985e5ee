import { describe, expect, it } from '@jest/globals';
import { isFinished, isFull, movesFreely, stopsAttempt, wishFor, type Movable } from './moves.js';

const CATEGORIES = ['todo', 'doing', 'review', 'done', 'cancelled'] as const;
const own = (category: Movable['category']): Movable => ({ category });
const mirrors = (kind: 'task' | 'run' | 'incident', category: Movable['category'], failed = false): Movable => ({
  category,
  source: { kind },
  ...(failed && { blocked: { failed } }),
});
/** What a person's move into each column does: itself, a wish, or nothing. */
const moves = (card: Movable) =>
  Object.fromEntries(
    CATEGORIES.map((target) => [target, wishFor(card, target) ?? (movesFreely(card, target) ? 'moves' : 'refused')]),
  );
const refused = Object.fromEntries(CATEGORIES.map((category) => [category, 'refused']));

describe('a move by a person', () => {
  it('of a card of their own goes anywhere', () => {
    for (const category of CATEGORIES) expect(new Set(Object.values(moves(own(category))))).toEqual(new Set(['moves']));
  });

  it('of a card that mirrors a task asks for what the column stands for', () => {
    expect(moves(mirrors('task', 'todo'))).toEqual({ ...refused, todo: 'moves', cancelled: 'cancel' });
    expect(moves(mirrors('task', 'doing'))).toEqual({ ...refused, todo: 'requeue', doing: 'moves', cancelled: 'cancel' });
    expect(moves(mirrors('task', 'done'))).toEqual({ ...refused, done: 'moves' });
    expect(moves(mirrors('task', 'cancelled'))).toEqual({ ...refused, cancelled: 'moves' });
  });

  it('of a failed one asks for another try, wherever it stands', () => {
    for (const category of ['todo', 'doing', 'review'] as const)
      expect(moves(mirrors('task', category, true))).toEqual({ ...refused, [category]: 'moves', todo: 'requeue' });
  });

  it('of a run asks to cancel it, of an incident to resolve it, while that is not over', () => {
    expect(moves(mirrors('run', 'doing'))).toEqual({ ...refused, doing: 'moves', cancelled: 'cancel' });
    expect(moves(mirrors('run', 'done'))).toEqual({ ...refused, done: 'moves' });
    expect(moves(mirrors('run', 'doing', true))).toEqual({ ...refused, doing: 'moves' });
    expect(moves(mirrors('incident', 'doing'))).toEqual({ ...refused, doing: 'moves', done: 'resolve' });
    expect(moves(mirrors('incident', 'cancelled'))).toEqual({ ...refused, cancelled: 'moves' });
  });
});

it('a wish stops an attempt only where one is running', () => {
  expect(stopsAttempt(mirrors('task', 'doing'), 'requeue')).toBe(true);
  expect(stopsAttempt(mirrors('run', 'doing'), 'cancel')).toBe(true);
  expect(stopsAttempt(mirrors('task', 'todo', true), 'requeue')).toBe(false);
  expect(stopsAttempt(mirrors('incident', 'doing'), 'resolve')).toBe(false);
});

it('work is finished that is done, cancelled or failed', () => {
  expect(CATEGORIES.filter((category) => isFinished(own(category)))).toEqual(['done', 'cancelled']);
  expect(isFinished(mirrors('task', 'doing', true))).toBe(true);
  expect(isFinished({ category: 'doing', blocked: { failed: false } })).toBe(false);
});

it('a column is full that holds its limit', () => {
  expect([1, 2, 3].map((present) => isFull(2, present))).toEqual([false, true, true]);
});
