import type { BoardSummaryRow, CardRow } from '@agencyos/contracts';
import { corpus, frozenEvents, replay } from '@agencyos/runtime/testing';
import { describe, expect, it } from '@jest/globals';
import { kanban } from '../src/service.js';

const logs = await corpus();
const histories = [...(await frozenEvents()), ...logs].map((history) => [history.name, history] as const);

describe('everything that was ever recorded is understood today', () => {
  it.each(histories)('%s', async (_, history) => {
    await expect(replay(kanban, history)).resolves.toBeDefined();
  });

  it('and the first day ends as it ended then', async () => {
    const { rows } = await replay(
      kanban,
      logs.find(({ name }) => name === '0.1.0/first-day')!,
    );
    const boards = rows
      .all<BoardSummaryRow>('boards')
      .map(({ value: { key, columns } }) => [key, Object.fromEntries(columns.map(({ category, count }) => [category, count]))]);
    expect(Object.fromEntries(boards)).toEqual({
      REL: { todo: 1, doing: 0, review: 0, done: 8, cancelled: 2 },
      OPS: { todo: 0, doing: 0, review: 0, done: 3 },
      WORK: { todo: 0, doing: 2, review: 0, done: 0, cancelled: 0 },
    });
    const cards = rows.all<CardRow>('board', 'card/').map(({ value }) => value);
    expect(cards.filter(({ source }) => source?.kind === 'task')).toHaveLength(11);
    expect(cards.filter(({ blocked }) => blocked?.failed)).toMatchObject([{ title: 'Fails every time' }]);
  });
});
