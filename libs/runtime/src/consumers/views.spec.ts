import { boardsView, boardView, type ViewPage } from '@agencyos/contracts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Projection } from '../service-definition.js';
import { MemoryTables } from './testing/memory-tables.js';
import { Views } from './views.js';

const id = 'b1';
let tables: MemoryTables;
let views: Views;

beforeEach(() => {
  tables = new MemoryTables();
  for (const [epoch, active] of [
    ['old', false],
    ['now', true],
  ] as const)
    tables.rows.projections.push({ name: 'boards', epoch, version: 1, position: 9, active, stale: false });
  views = new Views(tables.database);
  views.register([{ name: 'boards', views: [boardView] } as unknown as Projection]);
});

const given = (key: string, value: unknown, epoch = 'now', view = id) =>
  void tables.rows.views.set(`${epoch}\nboard\n${view}\n${key}`, value);
const page = (query: object = {}, kind = 'board') => views.answer(kind, { id, ...query }) as Promise<ViewPage>;
const padded = (n: number) => `card/${String(n).padStart(4, '0')}`;

describe('the rows of a view', () => {
  it('are those of the epoch in use, by key', async () => {
    given('card/b', { n: 2 });
    given('card/a', { n: 1 });
    given('column/a', { n: 3 });
    given('card/a', { n: 9 }, 'old');
    given('card/c', { n: 9 }, 'now', 'b2');
    const board = views.of(boardView, id);
    expect(await board.get('card/a')).toEqual({ n: 1 });
    expect(await board.get('card/c')).toBeUndefined();
    expect(await board.list('card')).toEqual([
      ['card/a', { n: 1 }],
      ['card/b', { n: 2 }],
    ]);
  });

  it('are none where the view is no other than another service’s', async () => {
    expect(views.kinds).toEqual(['board']);
    await expect(views.of(boardsView, 'all').get('board/x')).rejects.toMatchObject({
      code: 'not_found',
      details: { detail: 'No view boards here.' },
    });
  });
});

describe('a page of a view', () => {
  it('has its rows, where it stands and what it lacks', async () => {
    given('card/a', { n: 1 });
    expect(await page()).toEqual({ kind: 'board', id, epoch: 'now', revision: 0, rows: { 'card/a': { n: 1 } } });
    tables.rows.heads.set(`now\nboard\n${id}`, 7);
    tables.rows.gaps.set(`now\nboard\n${id}`, 5);
    expect(await page()).toMatchObject({ revision: 7, incompleteSince: 5 });
    tables.rows.gaps.set('now\n\n', 3);
    expect(await page()).toMatchObject({ incompleteSince: 3 });
  });

  it('has five hundred rows at most, and says from where on there are more', async () => {
    for (let n = 0; n < 501; n++) given(padded(n), n);
    const first = await page();
    expect(Object.keys(first.rows)).toHaveLength(500);
    expect(first.next).toBe(padded(499));
    expect(await page({ after: first.next })).toEqual({
      ...{ kind: 'board', id, epoch: 'now', revision: 0 },
      rows: { [padded(500)]: 500 },
    });
    tables.rows.views.delete(`now\nboard\n${id}\n${padded(500)}`);
    expect(await page()).not.toHaveProperty('next');
  });

  it('has fewer where they would be too large for one message, and one at least', async () => {
    for (let n = 0; n < 200; n++) given(padded(n), 'x'.repeat(10 * 1024));
    const first = await page();
    // A quarter of a quarter.
    expect([Object.keys(first.rows).length, first.next]).toEqual([32, padded(31)]);
    given('a', 'x'.repeat(800 * 1024));
    expect([Object.keys((await page()).rows), (await page()).next]).toEqual([['a'], 'a']);
  });

  it('is busy while there is no epoch yet', async () => {
    tables.rows.projections = [];
    await expect(page()).rejects.toMatchObject({ code: 'busy', status: 503, details: { retryAfterMs: 500 } });
  });

  it('is refused where nobody knows the view, or the question is another', async () => {
    await expect(page({}, 'nothing')).rejects.toMatchObject({ code: 'not_found', details: { detail: 'No view nothing.' } });
    await expect(page({}, 'boards')).rejects.toMatchObject({ code: 'not_found', details: { detail: 'No view boards here.' } });
    await expect(page({ more: 1 })).rejects.toMatchObject({ code: 'invalid', details: { field: 'more' } });
  });
});
