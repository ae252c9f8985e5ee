import type { Fact } from '@agencyos/contracts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RowStore } from '../service-definition.js';
import { ProjectionRows } from './projection-rows.js';
import { factAt } from './testing/given-facts.js';
import { MemoryTables } from './testing/memory-tables.js';

let tables: MemoryTables;
let rows: ProjectionRows;

beforeEach(() => {
  tables = new MemoryTables();
  rows = new ProjectionRows(tables.database, 'e1', false);
});

const stored = (key: string, value: unknown, id = 'b1') => void tables.rows.views.set(`e1\nboard\n${id}\n${key}`, value);
const get = (key: string, of = rows) => of.get('board', 'b1', key);
const alone = () => tables.taken.filter((words) => words.startsWith('SELECT value::text')).length;
const together = () => tables.taken.filter((words) => words.startsWith('SELECT kind, id, key, text FROM unnest')).length;

describe('the rows of an epoch', () => {
  it('are read as the present batch has left them, each time as a copy', async () => {
    stored('card/a', { n: 1 });
    const given = { n: 2 };
    rows.put('board', 'b1', 'card/b', given);
    given.n = 9;
    const [a, b] = [await get('card/a'), await get('card/b')];
    expect([a, b]).toEqual([{ n: 1 }, { n: 2 }]);
    (a as typeof given).n = (b as typeof given).n = 7;
    expect([await get('card/a'), await get('card/b')]).toEqual([{ n: 1 }, { n: 2 }]);
    rows.del('board', 'b1', 'card/a');
    expect(await get('card/a')).toBeUndefined();
    expect(await rows.get('board', 'b2', 'card/b')).toBeUndefined();
  });

  it('are handed over by view, with the position of the last fact that changed it, and stay readable', async () => {
    rows.position = 4;
    rows.put('board', 'b1', 'card/a', { n: 1 });
    rows.put('board', 'b2', 'card/a', 'x');
    rows.position = 6;
    rows.put('board', 'b1', 'card/a', { n: 2 });
    rows.del('board', 'b1', 'card/b');
    expect(rows.changed).toBe(3);
    expect(rows.take()).toEqual([
      {
        ...{ kind: 'board', id: 'b1', to: 6 },
        rows: new Map([
          ['card/a', '{"n":2}'],
          ['card/b', undefined],
        ]),
      },
      { kind: 'board', id: 'b2', to: 4, rows: new Map([['card/a', '"x"']]) },
    ]);
    expect([rows.changed, rows.take()]).toEqual([0, []]);
    expect(await get('card/a')).toEqual({ n: 2 });
    expect(alone()).toBe(0);
  });

  it('are listed by key, the batch’s changes on top', async () => {
    for (const [key, value] of [
      ['card/a', 1],
      ['card/c', 3],
      ['card/d', 4],
      ['column/a', 5],
    ] as const)
      stored(key, value);
    stored('card/z', 9, 'b2');
    rows.put('board', 'b1', 'card/b', 2);
    rows.put('board', 'b1', 'card/d', 40);
    rows.put('board', 'b1', 'column/b', 6);
    rows.del('board', 'b1', 'card/c');
    expect(await rows.list('board', 'b1', 'card/')).toEqual([
      ['card/a', 1],
      ['card/b', 2],
      ['card/d', 40],
    ]);
    expect((await rows.list('board', 'b1')).map(([key]) => key)).toEqual(['card/a', 'card/b', 'card/d', 'column/a', 'column/b']);
  });

  it('are asked for once while they are remembered; what is not there, again', async () => {
    stored('card/a', 1);
    for (let n = 0; n < 3; n++) await get('card/a');
    expect(alone()).toBe(1);
    for (let n = 0; n < 3; n++) await get('card/b');
    expect(alone()).toBe(4);
  });

  it('are all known where the epoch is new', async () => {
    const fresh = new ProjectionRows(tables.database, 'e1', true);
    expect(await get('card/a', fresh)).toBeUndefined();
    fresh.put('board', 'b1', 'card/a', 1);
    fresh.take();
    expect(await get('card/a', fresh)).toBe(1);
    expect(tables.taken).toEqual([]);
  });

  it('are asked for in a new epoch, too, once some were forgotten', async () => {
    const fresh = new ProjectionRows(tables.database, 'e1', true);
    stored('card/first', 'kept');
    const large = 'x'.repeat(1024 * 1024);
    for (let n = 0; n < 20; n++) fresh.put('board', 'b1', `card/${n}`, large);
    fresh.take();
    expect(await get('card/first', fresh)).toBe('kept');
  });
});

describe('the rows that a batch will ask for', () => {
  const facts = Array.from({ length: 20 }, (_, n) => factAt(n + 1, `lamp-${n}`));
  /** Each fact has a row of its own. */
  const project = async (fact: Fact, to: RowStore) => {
    const count = (await to.get<number>('board', 'b1', fact.stream)) ?? 0;
    to.put('board', 'b1', fact.stream, count + 1);
  };
  const readAlone = async (count: number) => {
    for (let n = 0; n < count; n++) await get(`other/${n}`);
  };

  it('are read together where the batch before asked for more than eight by itself', async () => {
    for (const { stream } of facts.slice(0, 12)) stored(stream, 5);
    await readAlone(9);
    await rows.foresee(facts, project);
    expect(together()).toBe(1);
    const before = alone();
    for (const fact of facts) await project(fact, rows);
    expect(alone()).toBe(before);
    expect(await get('lamp-0')).toBe(6);
    // Not there, and that is known as well.
    expect(await get('lamp-19')).toBe(1);
    expect(rows.changed).toBe(20);
  });

  it('are read as they come otherwise', async () => {
    await readAlone(8);
    await rows.foresee(facts, project);
    expect(together()).toBe(0);
    for (const fact of facts.slice(0, 3)) await project(fact, rows);
    expect(alone()).toBe(11);
  });

  it('are looked for again by the next batch where they were not there', async () => {
    await readAlone(9);
    await rows.foresee(facts, project);
    stored('lamp-3', 7);
    expect(await get('lamp-3')).toBeUndefined();
    await rows.foresee([], project);
    expect(await get('lamp-3')).toBe(7);
  });

  it('are not read where the batch has them already', async () => {
    stored('lamp-0', 5);
    await readAlone(8);
    await get('lamp-0');
    rows.put('board', 'b1', 'lamp-1', 3);
    await rows.foresee(facts.slice(0, 2), project);
    expect(together()).toBe(0);
  });

  it('are read as far as it gets: what fails before its rows are there may pass with them', async () => {
    await readAlone(9);
    stored('lamp-1', { n: 1 });
    await rows.foresee(facts.slice(0, 2), async (fact, to) => {
      const row = await to.get<{ n: number }>('board', 'b1', fact.stream);
      to.put('board', 'b1', 'count', row!.n);
    });
    expect(together()).toBe(1);
    expect(rows.changed).toBe(0);
    const before = alone();
    expect(await get('lamp-1')).toEqual({ n: 1 });
    expect(alone()).toBe(before);
  });

  it('are all known where the epoch is new', async () => {
    const fresh = new ProjectionRows(tables.database, 'e1', true);
    for (let n = 0; n < 20; n++) await get(`other/${n}`, fresh);
    await fresh.foresee(facts, project);
    expect(tables.taken).toEqual([]);
  });
});
