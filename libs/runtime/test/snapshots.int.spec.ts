import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { readConfig } from '../src/config.js';
import { openDatabase } from '../src/database.js';
import { DatabaseClock, migrateEventStore, PostgresEventStore } from '../src/event-store/index.js';
import { createLogger } from '../src/logger.js';
import { SnapshotRows } from '../src/snapshots/snapshot-rows.js';
import { SnapshotWriter } from '../src/snapshots/snapshot-writer.js';
import { StreamStates } from '../src/snapshots/stream-states.js';
import { lampProcess, lamps, STREAM } from '../src/snapshots/testing/lamp.js';

let servers: TestServers;
let url: string;
let database: DataSource;

beforeAll(async () => {
  servers = await startTestServers({ nats: false });
  url = await servers.createDatabase();
  const pool = new Pool({ connectionString: url });
  await migrateEventStore(pool);
  await pool.end();
  const config = readConfig('kanban', { DATABASE_URL: url, LOG_LEVEL: 'silent' });
  database = await openDatabase(config, createLogger(config));
});
afterAll(async () => {
  await database.destroy();
  await servers.stop();
});

const made = { stream: STREAM, key: 'one' };
const row = (revision: number, kept = false) => ({
  revision,
  position: String(revision + 10),
  kept,
  body: Buffer.from([0, revision]),
});
const revisions = async () =>
  (
    await database.query<{ key: string; revision: number; kept: boolean }[]>(
      'SELECT key, revision, kept FROM snapshot ORDER BY key, revision',
    )
  ).map(({ key, revision, kept }) => `${key} ${revision}${kept ? ' kept' : ''}`);

describe('the table of snapshots', () => {
  it('has the kept ones and the newest of each fold', async () => {
    const rows = new SnapshotRows(database);
    expect(await rows.last(made)).toBeUndefined();
    expect(await rows.lastKept(made)).toBeUndefined();
    for (const revision of [1, 2, 2]) await rows.put(made, row(revision));
    await rows.keep(made, 2);
    await rows.put({ ...made, key: 'two' }, row(1));
    for (const revision of [3, 4]) await rows.put(made, row(revision));
    await rows.put(made, row(3, true));
    for (const kept of [true, false]) await rows.put(made, row(2, kept));
    expect(await revisions()).toEqual(['one 2 kept', 'one 3 kept', 'one 4', 'two 1']);

    expect(await rows.last(made)).toEqual({ revision: 4, body: Buffer.from([0, 4]) });
    expect(await rows.last(made, 13n)).toMatchObject({ revision: 3 });
    expect(await rows.last(made, 11n)).toBeUndefined();
    expect(await rows.lastKept(made)).toEqual({ revision: 3, position: 13n });

    await rows.remove(made, 3);
    await rows.removeOthers(['one']);
    expect(await revisions()).toEqual(['one 2 kept', 'one 4']);
    await rows.removeOthers([]);
    expect(await revisions()).toEqual([]);
  });

  it('gives a stream of PostgreSQL back after a restart, now and as it was', async () => {
    const clock = await DatabaseClock.start(async () => 0);
    const store = new PostgresEventStore({ url });
    const rows = new SnapshotRows(database);
    const warn = jest.fn();
    const logger = { warn, error: warn } as never;
    const aggregate = lamps('one', 400);
    const stop = new AbortController();
    const states = new StreamStates(rows, store, logger);
    const writer = new SnapshotWriter({ rows, states, store, logger }, { every: 100, debounceMs: 1 });
    const writing = writer.write(stop.signal);
    const options = { store, clock, logger, deadlineMs: 10_000, snapshots: { states, writer } };
    await lampProcess(aggregate, { store, clock, logger, deadlineMs: 10_000 }).blink(1_300);
    await lampProcess(aggregate, options).send('Light');
    await until(revisions, ({ length }) => length === 4);
    expect(await revisions()).toEqual(['one 399 kept', 'one 799 kept', 'one 1199 kept', 'one 1300']);

    const read = jest.spyOn(store, 'read');
    expect(await lampProcess(aggregate, options).send('Darken')).toMatchObject({ revision: 1_301, repeated: false });
    expect(read.mock.calls[0]![1]).toBe(1_300);
    for (const position of [1n, 640n, 1_290n]) {
      const [then, folded] = [await states.at(STREAM, aggregate, position), await states.at(STREAM, lamps('none'), position)];
      expect(then.revision).toBe(Number(position) - 1);
      expect(then.snapshot('')).toEqual(folded.snapshot(''));
    }
    expect(warn).not.toHaveBeenCalled();
    stop.abort();
    await writing;
    clock.stop();
    await store.close();
  });
});
