import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Fact } from '@agencyos/contracts';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { DataSource } from 'typeorm';
import { ProjectionRows } from '../src/consumers/projection-rows.js';
import { createLogger, openDatabase, readConfig, type RowStore } from '../src/index.js';

let servers: TestServers;
let database: DataSource;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
  const config = readConfig('swarm', { DATABASE_URL: servers.databaseUrl, LOG_LEVEL: 'silent' });
  database = await openDatabase(config, createLogger(config));
});
afterAll(async () => {
  await database?.destroy();
  await servers?.stop();
});

/** Writes what was changed, as the projector does. */
async function flush(epoch: string, rows: ProjectionRows): Promise<void> {
  for (const { kind, id, rows: changed } of rows.take()) {
    for (const [key, text] of changed) {
      await database.query(
        text === undefined
          ? 'DELETE FROM view_row WHERE epoch = $1 AND kind = $2 AND id = $3 AND key = $4'
          : `INSERT INTO view_row VALUES ($1, $2, $3, $4, $5) ON CONFLICT (epoch, kind, id, key) DO UPDATE SET value = $5`,
        [epoch, kind, id, key, ...(text === undefined ? [] : [text])],
      );
    }
  }
}

const touching = (...keys: string[]) => keys.map((key) => ({ data: { key } }) as unknown as Fact);
/** Counts how often each key was touched. */
async function count({ data }: Fact, rows: RowStore): Promise<void> {
  const key = String(data['key']);
  const { times } = (await rows.get<{ times: number }>('kind', 'id', key)) ?? { times: 0 };
  rows.put('kind', 'id', key, { times: times + 1 });
}
const keys = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `row/${from + n}`);

/** Projects one batch; returns how many queries it took to read what it needed. */
async function project(rows: ProjectionRows, facts: Fact[]): Promise<number> {
  const query = jest.spyOn(database, 'query');
  await rows.foresee(facts, count);
  for (const fact of facts) await count(fact, rows);
  const { length } = query.mock.calls;
  query.mockRestore();
  return length;
}

describe('rows of a projection', () => {
  it('are read together once batches ask for many that are not in memory', async () => {
    const before = new ProjectionRows(database, 'together', true);
    await project(before, touching(...keys(0, 30)));
    await flush('together', before);
    const rows = new ProjectionRows(database, 'together', false);
    expect(await project(rows, touching(...keys(0, 10)))).toBe(10);
    expect(await project(rows, touching(...keys(5, 50), 'row/49', 'row/3'))).toBe(1);
    await flush('together', rows);
    expect(await project(rows, touching(...keys(0, 50)))).toBe(0);
    expect(await rows.get('kind', 'id', 'row/3')).toEqual({ times: 4 });
    expect(await rows.get('kind', 'id', 'row/49')).toEqual({ times: 3 });
  });

  it('are not asked for where none can be', async () => {
    const rows = new ProjectionRows(database, 'whole', true);
    expect(await project(rows, touching(...keys(0, 100), ...keys(0, 100)))).toBe(0);
    await flush('whole', rows);
    rows.del('kind', 'id', 'row/1');
    await flush('whole', rows);
    expect(await project(rows, touching('row/1', 'row/2', 'row/new'))).toBe(0);
    expect(await rows.get('kind', 'id', 'row/1')).toEqual({ times: 1 });
    expect(await rows.get('kind', 'id', 'row/2')).toEqual({ times: 3 });
  });

  it('come from the database again when there are more than memory is for', async () => {
    const rows = new ProjectionRows(database, 'large', true);
    for (let n = 0; n < 40; n++) {
      rows.put('kind', 'id', `row/${n}`, { n, text: 'x'.repeat(1024 * 1024) });
      await flush('large', rows);
    }
    rows.del('kind', 'id', 'row/1');
    await flush('large', rows);
    const numbers = await Promise.all(
      [0, 1, 39, 40].map(async (n) => (await rows.get<{ n: number }>('kind', 'id', `row/${n}`))?.n),
    );
    expect(numbers).toEqual([0, undefined, 39, undefined]);
  });

  it('are copies: what a projection does to one changes nothing', async () => {
    const rows = new ProjectionRows(database, 'copies', true);
    const given = { list: ['a'] };
    rows.put('kind', 'id', 'row', given);
    given.list.push('b');
    (await rows.get<typeof given>('kind', 'id', 'row'))!.list.push('c');
    expect(await rows.get('kind', 'id', 'row')).toEqual({ list: ['a'] });
    expect(await rows.list('kind', 'id')).toEqual([['row', { list: ['a'] }]]);
  });
});
