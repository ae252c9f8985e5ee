import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runListView, type WindowAsked, type WindowPage } from '@agencyos/contracts';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { rowsJson } from '../src/consumers/view-json.js';
import { Views } from '../src/consumers/views.js';
import { createLogger, openDatabase, readConfig, type Projection } from '../src/index.js';

const VERSION = 3;
let servers: TestServers;
let database: DataSource;
let views: Views;
let position = 0;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
  const config = readConfig('swarm', { DATABASE_URL: servers.databaseUrl, LOG_LEVEL: 'silent' });
  database = await openDatabase(config, createLogger(config));
  views = new Views(database);
  views.register([{ name: 'runs', version: VERSION, views: [runListView] } as unknown as Projection]);
  await database.query("INSERT INTO projection (name, epoch, version, active) VALUES ('runs', 'e1', $1, true)", [VERSION]);
});
afterAll(async () => {
  await database?.destroy();
  await servers?.stop();
});

interface Row {
  name: string;
  state: string;
  workflowId: string;
  startedAt?: string;
}
/** undefined: deleted */
type Changes = Map<string, Row | undefined>;

/** As the projector writes. */
async function write(id: string, changes: Changes): Promise<void> {
  const rows = new Map([...changes].map(([key, row]) => [key, row && JSON.stringify(row)]));
  const before = String(position);
  const { puts, deletes, listed } = rowsJson([{ kind: 'run-list', id, to: ++position, rows }]);
  expect(listed).toBe(true);
  const heads = JSON.stringify([{ kind: 'run-list', id, to: position }]);
  await database.query('SELECT write_listed_views($1, $2, $3, $4, $5, $6, $7)', [
    ...['runs', 'e1', before, String(position), heads, puts, deletes],
  ]);
}
const look = async (id: string, window: WindowAsked) => (await views.answer('run-list', { id, window })) as WindowPage;

/** Characters of every kind that orders differ in: both cases, accents, halves of which come before others' whole. */
const word = fc.string({ unit: fc.constantFrom('a', 'B', 'é', 'É', '%', '_', '\uffee', '😀', ' '), maxLength: 4 });
const row: fc.Arbitrary<Row> = fc.record(
  {
    name: word,
    state: fc.constantFrom('running', 'failed', 'succeeded'),
    workflowId: fc.constantFrom('deploy', 'review'),
    startedAt: fc.integer({ min: 0, max: 5 }).map((n) => new Date(n * 1_000).toISOString()),
  },
  { requiredKeys: ['name', 'state', 'workflowId'] },
);
const changes = fc.dictionary(
  fc.integer({ min: 0, max: 20 }).map((n) => `run/${n}`),
  fc.option(row, { nil: undefined }),
  {
    minKeys: 1,
    maxKeys: 20,
  },
);
const asked: fc.Arbitrary<WindowAsked> = fc.record(
  {
    filter: fc.record(
      {
        state: fc.uniqueArray(fc.constantFrom<string>('running', 'failed', 'succeeded'), { minLength: 1 }),
        workflowId: fc.constant<string[]>(['deploy']),
      },
      { requiredKeys: [] },
    ),
    text: word,
    order: fc.constantFrom('startedAt', '-startedAt', 'name', '-name'),
    offset: fc.integer({ min: 0, max: 8 }),
    limit: fc.integer({ min: 0, max: 6 }),
  },
  { requiredKeys: ['limit'] },
);

/** Filtered and ordered by the plainest means there are. */
function whole(rows: Map<string, Row>, { filter = {}, text = '', order = '-startedAt' }: WindowAsked): [string, Row][] {
  const field = order.replace('-', '') as keyof Row;
  const bytes = ([key, one]: [string, Row]) => Buffer.concat([Buffer.from(one[field] ?? ''), Buffer.from([0]), Buffer.from(key)]);
  const found = [...rows].filter(
    ([, one]) =>
      Object.entries(filter).every(([name, values]) => values.includes(one[name as keyof Row] ?? '')) &&
      // runId, the third, is in none of these rows.
      [one.name, '', one.workflowId].join('\n').toLowerCase().includes(text.trim().toLowerCase()),
  );
  found.sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
  return order.startsWith('-') ? found.reverse() : found;
}

describe('a window of a view', () => {
  it('shows what the filtered and ordered whole has there, whatever was written', async () => {
    let id = 0;
    const run = async (batches: Record<string, Row | undefined>[], windows: WindowAsked[]) => {
      const view = `v${++id}`;
      const rows = new Map<string, Row>();
      for (const batch of batches) {
        await write(view, new Map(Object.entries(batch)));
        for (const [key, one] of Object.entries(batch))
          if (one) rows.set(key, one);
          else rows.delete(key);
      }
      for (const window of windows) {
        const all = whole(rows, window);
        const { offset = 0, limit } = window;
        const page = await look(view, window);
        const expected = {
          total: all.length,
          offset: Math.min(offset, all.length),
          rows: all.slice(offset, offset + limit).map(([key, row]) => ({ key, row })),
        };
        expect(page).toMatchObject({ ...expected, revision: position, epoch: 'e1' });
        const [first] = page.rows;
        if (!first) continue;
        // From its first row's place on it is the same.
        const field = (window.order ?? '-startedAt').replace('-', '') as keyof Row;
        const from = { value: (first.row as Row)[field] ?? '', key: first.key };
        expect(await look(view, { ...window, offset: undefined, from })).toMatchObject(expected);
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 3 }), fc.array(asked, { minLength: 3, maxLength: 3 }), run),
      {
        numRuns: 25,
      },
    );
  });

  it('is found by what has changed, and touches no index where only the rest has', async () => {
    const given = { name: 'n', state: 'running', workflowId: 'w', startedAt: '2026-01-01T00:00:00.000Z' };
    await write('kept', new Map([['run/1', given]]));
    const at = async () => (await database.query("SELECT ctid::text FROM view_entry WHERE id = 'kept'")) as unknown[];
    const before = await at();
    await write('kept', new Map([['run/1', { ...given, tasks: { total: 3 } } as Row]]));
    expect(await at()).toEqual(before);
    await write('kept', new Map([['run/1', { ...given, state: 'failed' }]]));
    expect(await look('kept', { filter: { state: ['running'] }, limit: 5 })).toMatchObject({ total: 0, rows: [] });
    expect(await look('kept', { filter: { state: ['failed'] }, limit: 5 })).toMatchObject({ total: 1 });
  });

  it('has as many rows as one message carries', async () => {
    const large = (n: number) =>
      [`run/${n}`, { name: 'x'.repeat(60 * 1024), state: 'running', workflowId: 'w', startedAt: `${n}` }] as const;
    await write('large', new Map(Array.from({ length: 8 }, (_, n) => large(n))));
    const page = await look('large', { limit: 8 });
    expect(page).toMatchObject({ total: 8, limit: 4 });
    expect(page.rows.map(({ key }) => key)).toEqual(['run/7', 'run/6', 'run/5', 'run/4']);
  });

  it.each([
    [{ filter: { version: ['1'] } }, 'filter.version'],
    [{ order: 'state' }, 'order'],
  ])('by what the contract does not name (%j) is refused', async (window, field) => {
    await expect(look('any', { ...window, limit: 1 } as WindowAsked)).rejects.toMatchObject({
      code: 'unknown_field',
      details: { field },
    });
  });

  it('waits where the rows in use were listed by another version', async () => {
    await database.query("UPDATE projection SET version = 2 WHERE name = 'runs'");
    await expect(look('any', { limit: 1 })).rejects.toMatchObject({ code: 'busy' });
    await database.query("UPDATE projection SET version = $1 WHERE name = 'runs'", [VERSION]);
  });
});
