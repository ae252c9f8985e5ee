import { KurrentDbDouble } from '@agencyos/testing/kurrentdb';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { readConfig } from '../config.js';
import { bindLog } from '../event-store/bound-log.js';
import type { EventStore } from '../event-store/event-store.js';
import { KurrentDbEventStore } from '../event-store/kurrentdb/kurrentdb-event-store.js';
import { PostgresEventStore } from '../event-store/postgres/postgres-event-store.js';
import { installationId, migrateEventStore } from '../event-store/postgres/schema.js';
import { freshStream, sampleAppend } from '../event-store/testing/sample-append.js';
import { TargetTaken } from '../log-transfer/write-log.js';
import { BrokenExport } from '../log-transfer/transfer-line.js';
import { createLogger } from '../logger.js';
import type { ServiceDefinition } from '../service-definition.js';
import { backupChain, type BackupLine } from './backup-line.js';
import { buildViews } from './build-views.js';
import { checkBackup, NewerBackup, type OpenBackup } from './read-backup.js';
import { restoreBackup, ViewsDiffer, type WantedViews } from './restore-backup.js';
import { backupText, type BackupMade } from './write-backup.js';

/** Tables as services have them beside those of the runtime. */
class People1 implements MigrationInterface {
  readonly name = 'People1790000009000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE credential (secret bytea NOT NULL, since timestamptz NOT NULL);
      CREATE TABLE profile (user_id uuid PRIMARY KEY, name text NOT NULL, kind text NOT NULL DEFAULT 'person');
      ALTER TABLE credential ADD COLUMN user_id uuid PRIMARY KEY REFERENCES profile;
      CREATE TABLE session (hash bytea PRIMARY KEY);
      CREATE TABLE access_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text NOT NULL)`);
  }
  async down(): Promise<void> {}
}

const service = (): ServiceDefinition => ({
  name: 'kanban',
  aggregates: [],
  projections: [
    {
      name: 'boards',
      version: 1,
      views: [],
      categories: ['board'],
      async project({ stream, revision, id }, rows) {
        const before = await rows.get<{ ids: string[] }>('board', stream, 'ids');
        rows.put('board', stream, 'ids', { ids: [...(before?.ids ?? []), id].slice(-3) });
        rows.put('boards', 'all', stream, { revision });
      },
    },
  ],
});

interface Place {
  url: string;
  pool: Pool;
  store: EventStore;
}
const USER = '019a0000-0000-7000-8000-000000000001';
let servers: TestServers;
let double: KurrentDbDouble;
let places: Place[];

beforeAll(async () => {
  servers = await startTestServers({ nats: false });
});
afterAll(() => servers.stop());
beforeEach(async () => {
  double = await KurrentDbDouble.start();
  places = [];
});
afterEach(async () => {
  for (const { store, pool } of places) {
    await store.close();
    await pool.end();
  }
  double.stop();
});

async function place(kind: 'postgres' | 'kurrentdb' = 'postgres'): Promise<Place> {
  const url = await servers.createDatabase();
  const pool = new Pool({ connectionString: url, application_name: 'restore' });
  pool.on('error', () => undefined);
  await migrateEventStore(pool);
  const store =
    kind === 'postgres' ? new PostgresEventStore({ url, name: 'restore' }) : new KurrentDbEventStore({ url: double.url, pool });
  places.push({ url, pool, store });
  return places.at(-1)!;
}

const views = (url: string, wanted: WantedViews[], kurrentdb = false) => {
  const environment = { DATABASE_URL: url, LOG_LEVEL: 'silent', ...(kurrentdb && { KURRENTDB_URL: double.url }) };
  const config = readConfig('kanban', environment);
  return buildViews(service, config, createLogger(config), wanted, { migrations: [People1] });
};

/** An installation that has been used. */
async function used(): Promise<Place> {
  const from = await place();
  const { store, pool, url } = from;
  const streams = [freshStream('board'), freshStream('run'), freshStream('board')];
  for (let n = 0; n < 30; n++) await store.append(sampleAppend(streams[n % 3]!, Math.floor(n / 3) * 2 - 1, { events: 2 }));
  const head = await store.head();
  await bindLog(pool, store);
  await installationId(pool);
  await views(url, [{ projection: 'boards', version: 1, position: String(head) }]);
  await pool.query("INSERT INTO eventstore.content VALUES ('sha256:abc', '\\x0102', 'text/plain')");
  const { events } = await store.readAll(0n, { limit: 100 });
  const [early, late] = [String(events[12]!.position), String(events[45]!.position)];
  await pool.query('INSERT INTO kanban.consumer VALUES ($1, $2), ($3, $4)', ['mirror', early, 'timers', late]);
  await pool.query(`INSERT INTO kanban.memory VALUES ('mirror', 'card', 'null')`);
  const fact = { id: events[20]!.id, position: String(events[20]!.position), metadata: {} };
  await pool.query(`INSERT INTO kanban.timer (kind, key, due_at, fact, command) VALUES ('due', 'x', now(), $1, '{}')`, [fact]);
  await pool.query(`INSERT INTO kanban.profile VALUES ($1, 'admin')`, [USER]);
  await pool.query(`INSERT INTO kanban.credential VALUES ('\\x00ff', '2026-11-01T09:30:00.123456Z', $1)`, [USER]);
  await pool.query(`INSERT INTO kanban.session VALUES ('\\x01')`);
  await pool.query("INSERT INTO kanban.snapshot VALUES ('board-1', 'key', 7, 7, true, '')");
  await pool.query(`INSERT INTO kanban.access_log (what) VALUES ('login'), ('logout')`);
  return from;
}

async function backupOf({ store, pool }: Place): Promise<{ text: string; made: BackupMade }> {
  const parts: string[] = [];
  let made: BackupMade | undefined;
  const files = [{ path: 'cli-token', base64: 'c2VjcmV0' }];
  for await (const part of backupText({ store, pool, files, release: '1.2.0' }, (backup) => (made = backup))) parts.push(part);
  return { text: parts.join(''), made: made! };
}

const opening = (text: string): OpenBackup =>
  async function* () {
    yield Buffer.from(text);
  };

async function restored(
  text: string,
  to: Place,
  makeViews = (_: string, wanted: WantedViews[]) => views(to.url, wanted, to.store instanceof KurrentDbEventStore),
) {
  const summary = await checkBackup(opening(text), '1.2.0');
  const finish = await restoreBackup(opening(text), summary, { ...to, makeViews });
  await finish();
  return summary;
}

const rowsOf = async ({ pool }: Place, table: string) =>
  (await pool.query<{ row: object }>(`SELECT to_json(t) AS row FROM kanban.${table} t ORDER BY t::text`)).rows.map(
    ({ row }) => row,
  );
const eventsOf = async ({ store }: Place) =>
  (await store.readAll(0n, { limit: 1_000 })).events.map(({ position: _, ...event }) => event);
const linesIn = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { body: BackupLine }).body);
const written = (lines: object[]) => {
  const chain = backupChain();
  return lines.map((line) => `${chain.write(line as BackupLine)}\n`).join('');
};
const VIEWS = '(SELECT kind, id, key, value FROM kanban.view_row)';

describe('a restored backup', () => {
  it('is the installation: log, contents, rows, views and what numbers them', async () => {
    const from = await used();
    const { text, made } = await backupOf(from);
    expect(made).toMatchObject({ events: 60, contents: 1, rows: 8, files: 1, position: '60' });
    const to = await place();
    expect(await restored(text, to)).toMatchObject({ digest: made.digest, contentsOfFiles: [{ path: 'cli-token' }] });
    expect(await eventsOf(to)).toEqual(await eventsOf(from));
    for (const table of ['consumer', 'memory', 'timer', 'profile', 'credential', 'access_log'])
      expect([table, await rowsOf(to, table)]).toEqual([table, await rowsOf(from, table)]);
    const shown = ({ pool }: Place) =>
      pool.query(`SELECT * FROM ${VIEWS} v ORDER BY 1, 2, 3`).then(({ rows }) => rows as object[]);
    expect(await shown(to)).toEqual(await shown(from));
    expect(await installationId(to.pool)).toBe(await installationId(from.pool));
    await bindLog(to.pool, to.store);
    // who was signed in signs in again
    expect(await rowsOf(to, 'session')).toEqual([]);
    expect(await rowsOf(to, 'snapshot')).toEqual([]);
    await to.pool.query(`INSERT INTO kanban.access_log (what) VALUES ('after')`);
    expect(await rowsOf(to, 'access_log')).toContainEqual({ id: 3, what: 'after' });
    expect((await to.pool.query('SELECT digest FROM eventstore.content')).rows).toEqual([{ digest: 'sha256:abc' }]);
  });

  it('has its consumers where they stood when the log is another kind', async () => {
    const from = await used();
    const to = await place('kurrentdb');
    await restored((await backupOf(from)).text, to);
    expect(await eventsOf(to)).toEqual(await eventsOf(from));
    const { events } = await to.store.readAll(0n, { limit: 100 });
    expect(await rowsOf(to, 'consumer')).toEqual([
      { name: 'mirror', position: Number(events[12]!.position) },
      { name: 'timers', position: Number(events[45]!.position) },
    ]);
    expect(await rowsOf(to, 'timer')).toMatchObject([{ fact: { id: events[20]!.id, position: String(events[20]!.position) } }]);
  });

  it('has the rows of a service that has no views', async () => {
    const lines = linesIn((await backupOf(await used())).text).filter(({ kind }) => kind !== 'views');
    const to = await place();
    await restored(written(lines), to);
    expect(await rowsOf(to, 'profile')).toMatchObject([{ name: 'admin' }]);
  });

  it('of before a column was there has its default', async () => {
    const lines = linesIn((await backupOf(await used())).text);
    for (const line of lines) if (line.kind === 'row' && line.table === 'profile') delete line.row['kind'];
    const to = await place();
    await restored(written(lines), to);
    expect(await rowsOf(to, 'profile')).toEqual([{ user_id: USER, name: 'admin', kind: 'person' }]);
  });
});

describe('a backup that is being made', () => {
  it('ends where the log ended when it began', async () => {
    const from = await used();
    const lines: string[] = [];
    for await (const line of backupText({ ...from, files: [], release: '1.2.0' }, () => undefined)) {
      if (lines.push(line) === 1) await from.store.append(sampleAppend(freshStream('board'), -1));
    }
    expect(linesIn(lines.join('')).at(-1)).toMatchObject({ kind: 'end', events: 60 });
  });
});

describe('what is not restored', () => {
  it('a backup in which a line of any kind was changed, left out or moved, or that was cut: the line is named, and nothing is made', async () => {
    const { text } = await backupOf(await used());
    const lines = text.trimEnd().split('\n');
    const kinds = linesIn(text).map(({ kind }) => kind);
    const to = await place();
    for (const kind of new Set(kinds)) {
      const at = kinds.indexOf(kind);
      const changed = lines[at]!.replace(/(\d)(?=[^\d]*"hash")/, (digit) => String((Number(digit) + 1) % 10));
      const broken = [
        lines.with(at, changed),
        lines.filter((_, n) => n !== at),
        at > 0 && lines.with(at, lines[at - 1]!).with(at - 1, lines[at]!),
      ];
      for (const some of broken) {
        if (!some) continue;
        const failed = restored(`${some.join('\n')}\n`, to);
        await expect(failed).rejects.toThrow(BrokenExport);
        if (kind !== 'end') await expect(failed).rejects.toThrow(/^line \d+ /);
      }
    }
    for (const cut of [text.slice(0, text.length / 2), lines.slice(0, -1).join('\n') + '\n', '', 'no backup\n'])
      await expect(restored(cut, to)).rejects.toThrow(BrokenExport);
    expect(await eventsOf(to)).toEqual([]);
    expect((await to.pool.query('SELECT FROM eventstore.bound_log')).rowCount).toBe(0);
  });

  it('one of a newer program', async () => {
    const lines = linesIn((await backupOf(await used())).text);
    const to = await place();
    for (const newer of [{ version: 2 }, { release: '1.10.0' }, { release: '2.0.0' }])
      await expect(restored(written(lines.with(0, { ...lines[0]!, ...newer } as BackupLine)), to)).rejects.toThrow(NewerBackup);
    await restored(written(lines.with(0, { ...lines[0]!, release: '0.9.7' } as BackupLine)), to);
  });

  it('anything into a place that is used', async () => {
    const { text } = await backupOf(await used());
    await expect(restored(text, await used())).rejects.toThrow('holds an installation already');
    const written = await place();
    await written.store.append(sampleAppend(freshStream(), -1));
    await expect(restored(text, written)).rejects.toThrow(TargetTaken);
    const to = await place();
    await restored(text, to);
    await expect(restored(text, to)).rejects.toThrow('holds an installation already');
  });

  it('one whose views come out differently: no service starts there', async () => {
    const from = await used();
    await from.pool.query(
      `UPDATE kanban.view_row SET value = '{"revision": 7}' WHERE kind = 'boards' AND key = (SELECT min(key) FROM kanban.view_row WHERE kind = 'boards')`,
    );
    const { text } = await backupOf(from);
    const to = await place();
    await expect(restored(text, to)).rejects.toThrow(ViewsDiffer);
    await expect(bindLog(to.pool, to.store)).rejects.toThrow('a restore into this database was not finished');
  });

  it('an interrupted one is finished by the same backup alone', async () => {
    const from = await used();
    const { text } = await backupOf(from);
    const to = await place();
    const killed = () => Promise.reject(new Error('killed'));
    await expect(restored(text, to, killed)).rejects.toThrow('killed');
    await expect(bindLog(to.pool, to.store)).rejects.toThrow('a restore into this database was not finished');
    await from.store.append(sampleAppend(freshStream('board'), -1));
    const { text: other } = await backupOf(from);
    await expect(restored(other, to)).rejects.toThrow('the restore of another backup was interrupted there');
    await restored(text, to);
    await bindLog(to.pool, to.store);
    expect(await eventsOf(to)).toHaveLength(60);
  });
});
