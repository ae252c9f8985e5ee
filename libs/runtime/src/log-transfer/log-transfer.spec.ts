import { newId } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { KurrentDbDouble } from '@agencyos/testing/kurrentdb';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { readConfig } from '../config.js';
import { openDatabase } from '../database.js';
import { type EventStore, InvalidAppend, type RecordedEvent } from '../event-store/event-store.js';
import { KurrentDbEventStore } from '../event-store/kurrentdb/kurrentdb-event-store.js';
import { PostgresEventStore } from '../event-store/postgres/postgres-event-store.js';
import { installationId, migrateEventStore } from '../event-store/postgres/schema.js';
import { freshStream, sampleAppend, sharedAppend } from '../event-store/testing/sample-append.js';
import { PresentEventStore } from '../event-store/present-event-store.js';
import { PresentForm } from '../event-store/present-form.js';
import { createLogger } from '../logger.js';
import { exportLog } from './export-log.js';
import { importLog } from './import-log.js';
import { TargetTaken } from './write-log.js';
import { BrokenExport, HashChain } from './transfer-line.js';

let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
});
afterAll(() => servers.stop());

interface Place {
  url: string;
  pool: Pool;
  store: EventStore;
}
let folder: string;
let file: string;
let double: KurrentDbDouble;
let places: Place[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-log-'));
  file = join(folder, 'log.jsonl');
  double = await KurrentDbDouble.start();
  places = [];
});
afterEach(async () => {
  for (const { store, pool } of places) {
    await store.close();
    await pool.end();
  }
  double.stop();
  await rm(folder, { recursive: true });
});

async function place(kind: 'postgres' | 'kurrentdb', url?: string): Promise<Place> {
  const database = url ?? (await servers.createDatabase());
  const pool = new Pool({ connectionString: database, application_name: 'log-transfer' });
  pool.on('error', () => undefined);
  await migrateEventStore(pool);
  const store =
    kind === 'postgres'
      ? new PostgresEventStore({ url: database, name: 'log-transfer' })
      : new KurrentDbEventStore({ url: double.url, pool });
  places.push({ url: database, pool, store });
  return places.at(-1)!;
}

/** The tables of a service, as its first start makes them. */
const prepare = (url: string) => async (name: string) => {
  const environment = { DATABASE_URL: url, LOG_LEVEL: 'silent' };
  const config = readConfig(name, environment);
  await (await openDatabase(config, createLogger(config))).destroy();
};
const bring = ({ url, pool, store }: Place) => importLog(file, { store, pool, prepareService: prepare(url) });

async function everything({ store }: Place): Promise<Array<Omit<RecordedEvent, 'position'>>> {
  const { events } = await store.readAll(0n, { limit: 10_000 });
  return events.map(({ position: _, ...event }) => event);
}

/** Interleaved streams, shared appends, a content; a consumer in the middle of the log and a view. */
async function fill({ url, pool, store }: Place): Promise<RecordedEvent[]> {
  const streams = [freshStream('board'), freshStream('run'), freshStream('board')];
  for (const stream of streams) await store.append(sharedAppend(stream, -1));
  for (let n = 0; n < 20; n++) await store.append(sampleAppend(streams[n % 3]!, 1 + Math.floor(n / 3) * 2, { events: 2 }));
  await pool.query("INSERT INTO eventstore.content VALUES ('sha256:abc', '\\x0102', 'text/plain')");
  const { events } = await store.readAll(0n, { limit: 1_000 });
  await prepare(url)('kanban');
  const at = (n: number) => String(events[n]!.position);
  await pool.query('INSERT INTO kanban.consumer VALUES ($1, $2), ($3, $4)', ['mirror', at(12), 'timers', at(45)]);
  await pool.query(`INSERT INTO kanban.memory VALUES ('mirror', 'card', '{"n": 1}')`);
  await pool.query('INSERT INTO kanban.parked (consumer, position, stream, fact, cause) VALUES ($1, $2, $3, $4, $5)', [
    'mirror',
    at(7),
    events[7]!.stream,
    { position: at(7), id: events[7]!.id },
    'broken',
  ]);
  await pool.query("INSERT INTO kanban.timer (kind, key, due_at, fact, command) VALUES ('due', 'x', now(), $1, '{}')", [
    { position: at(20), id: events[20]!.id, metadata: {} },
  ]);
  await pool.query('INSERT INTO kanban.projection VALUES ($1, $2, 1, $3, true)', ['boards', newId(), at(30)]);
  await pool.query("INSERT INTO kanban.snapshot VALUES ('board-1', 'key', 7, 7, true, '')");
  return events;
}

describe('a log that moves', () => {
  it('from PostgreSQL into KurrentDB (double) of the same database, and into another database', async () => {
    const from = await place('postgres');
    const events = await fill(from);
    const identity = await installationId(from.pool);
    expect(await exportLog(file, from)).toEqual({ events: 46, contents: 1 });

    const to = await place('kurrentdb', from.url);
    expect(await bring(to)).toEqual({ events: 46, contents: 1 });
    expect(await everything(to)).toEqual(await everything(from));
    await expectStateOf(to, events);
    expect((await to.pool.query('SELECT FROM kanban.snapshot')).rowCount).toBe(0);
    // what is left in PostgreSQL is not the log any more (fault 23)
    await expect(exportLog(file, from)).rejects.toThrow('in KurrentDB: set KURRENTDB_URL');

    await rm(file);
    await exportLog(file, to);
    const back = await place('postgres');
    await bring(back);
    expect(await everything(back)).toEqual(await everything(from));
    expect(await installationId(back.pool)).toBe(identity);
    expect((await back.pool.query('SELECT digest FROM eventstore.content')).rows).toEqual([{ digest: 'sha256:abc' }]);
    await expectStateOf(back, events);
  });

  it('takes facts of before as they are, to be cleaned when they are read, and nothing else that is no text (faults 1 and 2)', async () => {
    const from = await place('postgres');
    const stream = freshStream('board');
    await from.store.append(sampleAppend(stream, -1, { data: { title: 'a\0b\ud83d' } }));
    await exportLog(file, from);
    for (const kind of ['postgres', 'kurrentdb'] as const) {
      const to = await place(kind);
      await bring(to);
      expect(await everything(to)).toMatchObject([{ data: { title: 'a\0b\ud83d' } }]);
      const read = await new PresentEventStore(to.store, new PresentForm()).readAll(0n, { limit: 1 });
      expect(read.events).toMatchObject([{ data: { title: 'a\ufffdb\ufffd' } }]);
    }
    const chain = new HashChain();
    const body = { kind: 'content', digest: 'sha256:\0', mediaType: 'a/b', base64: '' } as const;
    await writeFile(file, `${chain.write(body)}\n`);
    await expect(bring(await place('postgres'))).rejects.toThrow('line 1: digest must hold no NUL');
  });

  it('answers a command of before the move as it was answered', async () => {
    const from = await place('postgres');
    const append = sampleAppend(freshStream(), -1);
    append.events[0]!.metadata.recordedAt = new Date().toISOString(); // answers are kept for a day
    await from.store.append(append);
    await exportLog(file, from);
    const to = await place('kurrentdb');
    await bring(to);
    expect(await to.store.append(append)).toMatchObject({
      status: 'repeat',
      answers: [{ ...append.commands[0] }],
    });
  });

  /** Every consumer stands at the event where it stood; views are made anew. */
  async function expectStateOf({ pool, store }: Place, events: RecordedEvent[]): Promise<void> {
    const now = (await store.readAll(0n, { limit: 1_000 })).events.map(({ position }) => String(position));
    const consumers = await pool.query('SELECT name, position FROM kanban.consumer ORDER BY name');
    expect(consumers.rows).toEqual([
      { name: 'mirror', position: now[12] },
      { name: 'timers', position: now[45] },
    ]);
    const parked = await pool.query("SELECT position, fact->>'position' AS fact, fact->>'id' AS id FROM kanban.parked");
    expect(parked.rows).toEqual([{ position: now[7], fact: now[7], id: events[7]!.id }]);
    const timers = await pool.query("SELECT fact->>'position' AS fact, fact->>'id' AS id FROM kanban.timer");
    expect(timers.rows).toEqual([{ fact: now[20], id: events[20]!.id }]);
    expect((await pool.query('SELECT value FROM kanban.memory')).rows).toEqual([{ value: { n: 1 } }]);
    expect((await pool.query('SELECT name FROM kanban.projection')).rows).toEqual([]);
  }
});

describe('an export', () => {
  it('continues a file that was cut off, and one to which events were added since', async () => {
    const from = await place('postgres');
    await fill(from);
    await exportLog(file, from);
    const whole = await readFile(file, 'utf8');
    await truncate(file, Math.floor(whole.length * 0.6));
    await exportLog(file, from);
    expect(await readFile(file, 'utf8')).toBe(whole);

    await from.store.append(sampleAppend(freshStream(), -1, { events: 3 }));
    expect(await exportLog(file, from)).toEqual({ events: 49, contents: 1 });
    const to = await place('kurrentdb');
    await bring(to);
    expect(await everything(to)).toEqual(await everything(from));
  });

  it('refuses a file of another log', async () => {
    await exportLog(file, await place('postgres'));
    await expect(exportLog(file, await place('kurrentdb'))).rejects.toThrow('of another log');
  });
});

describe('an import', () => {
  it('refuses a file with a changed, a missing or a moved line, and one without its end', async () => {
    const from = await place('postgres');
    await fill(from);
    await exportLog(file, from);
    const to = await place('kurrentdb');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const broken = [
      lines.map((line, n) => (n === 5 ? line.replace('SampleRecorded', 'SampleReplaced') : line)),
      lines.filter((_, n) => n !== 5),
      lines.map((line, n) => (n === 5 ? lines[6]! : n === 6 ? lines[5]! : line)),
      lines.slice(0, -1),
    ];
    for (const text of broken) {
      await writeFile(file, `${text.join('\n')}\n`);
      await expect(bring(to)).rejects.toThrow(BrokenExport);
    }
    await writeFile(file, '');
    await appendFile(file, 'no log\n');
    await expect(bring(to)).rejects.toThrow(BrokenExport);
    expect(await everything(to)).toEqual([]);
  });

  it('continues after an interruption, and is refused by a log with other events', async () => {
    const from = await place('postgres');
    await fill(from);
    await exportLog(file, from);
    const to = await place('kurrentdb');
    double.failNextAppends('lose_answer', 'not_ready');
    const interrupted = { ...to, store: failingAfter(to.store, 5) };
    await expect(bring(interrupted)).rejects.toThrow('interrupted');
    await bring(to);
    await bring(to);
    expect(await everything(to)).toEqual(await everything(from));

    const taken = await place('postgres');
    await taken.store.append(sampleAppend(freshStream(), -1));
    await expect(bring(taken)).rejects.toThrow(TargetTaken);
  });

  it('refuses while services use the database, and the database of another installation', async () => {
    const from = await place('postgres');
    await fill(from);
    await exportLog(file, from);
    const to = await place('postgres');
    const service = new Pool({ connectionString: to.url, application_name: 'agencyos-kanban' });
    service.on('error', () => undefined); // the server may end first
    await service.query('SELECT 1');
    await expect(bring(to)).rejects.toThrow('stop the services first: agencyos-kanban');
    await service.end();
    const sessions = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'agencyos-kanban'`;
    await until(async () => (await to.pool.query(sessions)).rowCount === 0); // its session ends a moment later
    await installationId(to.pool);
    await expect(bring(to)).rejects.toThrow('another installation');
  });
});

function failingAfter(store: EventStore, appends: number): EventStore {
  let left = appends;
  return new Proxy(store, {
    get(target, name) {
      if (name === 'append' && left-- <= 0) throw new InvalidAppend('interrupted');
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
