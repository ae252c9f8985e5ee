import { describe, expect, it } from '@jest/globals';
import { COLUMNS, card, column } from '../../../test/rows';
import { place } from './placement';

const ids = (columns: ReturnType<typeof place>) =>
  Object.fromEntries(
    columns.map(({ column: { columnId }, cards }) => [columnId, cards.map(({ cardId }) => cardId)]),
  );

describe('placing cards', () => {
  const cards = [card('b', 'todo', 'b'), card('a', 'todo', 'Z'), card('c', 'doing', 'a')];

  it('sorts columns and cards by code unit, as the server allocates ranks', () => {
    expect(ids(place([...COLUMNS].reverse(), cards))).toEqual({
      todo: ['a', 'b'],
      doing: ['c'],
      review: [],
      done: [],
    });
  });

  it('lays an unconfirmed move over the server’s state', () => {
    const moves = new Map([['c', { toColumnId: 'todo', beforeId: 'b' }]]);
    expect(ids(place(COLUMNS, cards, moves)).todo).toEqual(['a', 'c', 'b']);
  });

  it('puts a move to the end when its neighbour is gone', () => {
    const moves = new Map([['c', { toColumnId: 'todo', beforeId: 'gone' }]]);
    expect(ids(place(COLUMNS, cards, moves)).todo).toEqual(['a', 'b', 'c']);
  });

  it('leaves a card where it is that is dropped on itself (fault 27)', () => {
    const moves = new Map([['a', { toColumnId: 'todo', beforeId: 'a' }]]);
    expect(ids(place(COLUMNS, cards, moves)).todo).toEqual(['a', 'b']);
  });

  it('leaves a card where it was when the column of its move is gone', () => {
    expect(ids(place(COLUMNS, cards, new Map([['c', { toColumnId: 'gone' }]]))).doing).toEqual(['c']);
  });

  it('keeps failed cards out of the columns and their counts (fault 34)', () => {
    const failed = card('f', 'doing', 'b', { blocked: { reason: 'x', failed: true, since: '' } } as never);
    const [, doing] = place(COLUMNS, [...cards, failed]);
    expect(doing?.cards.map(({ cardId }) => cardId)).toEqual(['c']);
    expect(doing?.count).toBe(1);
    expect(doing?.wip.state).toBe('under');
  });

  it('counts hidden cards against the limit', () => {
    const many = ['x', 'y', 'z'].map((id) => card(id, 'doing', id));
    const [, doing] = place(COLUMNS, many, new Map(), () => false);
    expect(doing?.cards).toEqual([]);
    expect(doing?.wip).toEqual({ state: 'over', limit: 2, over: 1 });
  });

  it('knows columns without a limit', () => {
    expect(place([column('done', 'done', 'a')], [])[0]?.wip.state).toBe('none');
  });
});
