import { newId } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import type { Append, AppendResult, RecordedEvent } from '../event-store.js';
import { freshStream, readStream, sampleAppend, take } from '../testing/sample-append.js';
import { serialise } from '../serialised-append.js';
import { appendGroup } from './append-group.js';
import { PostgresEventStore } from './postgres-event-store.js';
import { migrateEventStore } from './schema.js';

let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
});
afterAll(() => servers.stop());

async function freshDatabase(): Promise<string> {
  const url = await servers.createDatabase();
  const pool = new Pool({ connectionString: url });
  pool.on('error', () => undefined); // the server may end first
  await migrateEventStore(pool);
  await pool.end();
  return url;
}

function expectEachOnceInOrder(seen: readonly RecordedEvent[], ids: ReadonlySet<string>): void {
  expect(seen.every(({ position }, n) => n === 0 || position > seen[n - 1]!.position)).toBe(true);
  expect(seen).toHaveLength(ids.size);
  expect(new Set(seen.map(({ id }) => id))).toEqual(ids);
}

describe('readers of the log under concurrent writers', () => {
  it('miss nothing and see nothing twice, whatever the writers delay or roll back', async () => {
    const url = await freshDatabase();
    // Writers of many processes: each has a connection of its own and no group commit around it.
    const writers = new Pool({ connectionString: url, max: 64, application_name: 'writers' });
    writers.on('error', () => undefined); // the server may end first
    const committed = new Set<string>();
    const stores = Array.from({ length: 3 }, () => new PostgresEventStore({ url }));
    const stop = new AbortController();
    const seen: RecordedEvent[][] = stores.map(() => []);
    const reading = stores.map(async (store, n) => {
      for await (const { events } of store.subscribe(0n, { signal: stop.signal, batch: 50 })) seen[n]!.push(...events);
    });

    const write = async (writer: number) => {
      for (let n = 0; n < 12; n++) {
        const client = await writers.connect();
        const appends = [sampleAppend(freshStream(), -1, { events: 1 + (writer % 3) }), sampleAppend(freshStream(), -1)];
        const rollBack = Math.random() < 0.25;
        try {
          await client.query('BEGIN');
          const results = await appendGroup(client, appends.map(serialise));
          expect(results.map(({ status }) => status)).toEqual(['appended', 'appended']);
          if (Math.random() < 0.3) await client.query('SELECT pg_sleep($1)', [Math.random() * 0.004]);
          await client.query(rollBack ? 'ROLLBACK' : 'COMMIT');
        } finally {
          client.release();
        }
        if (!rollBack) for (const { events } of appends) for (const { id } of events) committed.add(id);
      }
    };
    const grouped = async (store: PostgresEventStore) => {
      const appends = Array.from({ length: 100 }, () => sampleAppend(freshStream(), -1));
      await Promise.all(appends.map((append) => store.append(append)));
      for (const { events } of appends) committed.add(events[0]!.id);
    };
    await Promise.all([...Array.from({ length: 64 }, (_, writer) => write(writer)), ...stores.map((store) => grouped(store))]);

    const head = await stores[0]!.head();
    await until(() => seen.every((events) => events.at(-1)?.position === head));
    stop.abort();
    await Promise.all(reading);
    for (const events of seen) expectEachOnceInOrder(events, committed);
    await Promise.all(stores.map((store) => store.close()));
    await writers.end();
  });

  it('are not held up by a transaction that stays open', async () => {
    const url = await freshDatabase();
    const store = new PostgresEventStore({ url });
    const pool = new Pool({ connectionString: url });
    pool.on('error', () => undefined); // the server may end first
    const idle = await pool.connect();
    await idle.query('BEGIN; CREATE TABLE something_else ()'); // holds a transaction id
    await store.append(sampleAppend(freshStream('open'), -1, { events: 5 }));
    expect(await take(store, 5, { categories: ['open'] })).toHaveLength(5);
    await idle.query('ROLLBACK');
    idle.release();
    await pool.end();
    await store.close();
  });

  it('are found though nobody announces them while somebody listens', async () => {
    const url = await freshDatabase();
    const reader = new PostgresEventStore({ url, name: 'listening' });
    const pool = new Pool({ connectionString: url });
    const appended = take(reader, 2, { categories: ['quiet'] });
    for (const revision of [0, 1]) {
      const listening = `SELECT FROM pg_stat_activity
        WHERE application_name = 'listening' AND query LIKE 'LISTEN%' AND state = 'idle'`;
      await until(async () => (await pool.query(listening)).rowCount === 1);
      // Past the function that appends and tells of it.
      await pool.query(
        `INSERT INTO eventstore.events (position, stream, revision, id, type, schema, data, metadata)
         SELECT coalesce(max(position), 0) + 1, 'quiet-1', $1, gen_random_uuid(), 'Told', 1, '{}', '{}' FROM eventstore.events`,
        [revision],
      );
    }
    expect(await appended).toHaveLength(2);
    await pool.end();
    await reader.close();
  });

  it('need no notification', async () => {
    const url = await freshDatabase();
    const [writer, reader] = [new PostgresEventStore({ url }), new PostgresEventStore({ url, name: 'deaf' })];
    const pool = new Pool({ connectionString: url });
    pool.on('error', () => undefined); // the server may end first
    const appended = take(reader, 20, { categories: ['quiet'] });
    for (let n = 0; n < 20; n++) {
      // The connection that listens is cut again and again.
      await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'deaf' AND query LIKE 'LISTEN%'`);
      await writer.append(sampleAppend(freshStream('quiet'), -1));
    }
    expect(await appended).toHaveLength(20);
    await pool.end();
    await Promise.all([writer.close(), reader.close()]);
  });
});

describe('appends under a killed PostgreSQL', () => {
  it('have exactly one effect when they are repeated unchanged', async () => {
    const url = servers.databaseUrl;
    const pool = new Pool({ connectionString: url });
    pool.on('error', () => undefined); // the server may end first
    await migrateEventStore(pool);
    await pool.end();
    const store = new PostgresEventStore({ url });
    const reader = new PostgresEventStore({ url });
    const answered = new Map<string, AppendResult[]>();
    let faults = 0;

    /** What a command handler does about a fault: the same append again. */
    const insist = async (append: Append): Promise<AppendResult> => {
      for (;;) {
        try {
          return await store.append(append);
        } catch {
          faults++;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    let stopping = false;
    const writing = Array.from({ length: 64 }, async () => {
      const stream = freshStream('killed');
      const results: AppendResult[] = [];
      answered.set(stream, results);
      while (!stopping) results.push(await insist(sampleAppend(stream, results.length - 1)));
    });
    const stop = new AbortController();
    const seen: RecordedEvent[] = [];
    const reading = (async () => {
      for await (const { events } of reader.subscribe(0n, { signal: stop.signal })) seen.push(...events);
    })();

    for (let kill = 1; kill <= 3; kill++) {
      const before = seen.length;
      await until(() => seen.length >= before + 500);
      await servers.restartPostgres();
    }
    const before = seen.length;
    await until(() => seen.length >= before + 500);
    stopping = true;
    await Promise.all(writing);

    const ids = new Set<string>();
    for (const [stream, results] of answered) {
      const events = await readStream(store, stream);
      expect(events.map(({ revision }) => revision)).toEqual(results.map((_, revision) => revision));
      for (const [n, result] of results.entries()) {
        expect(['appended', 'repeat']).toContain(result.status);
        expect('answers' in result && result.answers[0]).toMatchObject({
          commandId: events[n]!.metadata.commandId,
          position: events[n]!.position,
        });
      }
      for (const { id } of events) ids.add(id);
    }
    expect(faults).toBeGreaterThan(0);
    await until(() => seen.length >= ids.size);
    stop.abort();
    await reading;
    expectEachOnceInOrder(seen, ids);
    await Promise.all([store.close(), reader.close()]);
  });
});

describe('random appends', () => {
  it('behave as in a store that does one thing after another', async () => {
    const store = new PostgresEventStore({ url: await freshDatabase() });
    const streams = Array.from({ length: 4 }, () => freshStream());
    const commands = Array.from({ length: 60 }, () => newId());
    const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!;
    const attempts = Array.from({ length: 600 }, () => {
      const expected = Math.floor(Math.random() * 12) - 1;
      return sampleAppend(pick(streams), expected, {
        commandId: pick(commands),
        events: 1 + Math.floor(Math.random() * 3),
      });
    });
    const results = await Promise.all(attempts.map((append) => store.append(append)));

    const log = (await store.readAll(0n, { limit: 10_000 })).events;
    const winners = attempts.filter((_, n) => results[n]!.status === 'appended');
    const ids = new Set(winners.flatMap(({ events }) => events.map(({ id }) => id)));
    expectEachOnceInOrder(log, ids);
    expect(new Set(winners.map(({ commands: [command] }) => command!.commandId)).size).toBe(winners.length);
    for (const stream of streams) {
      const revisions = (await readStream(store, stream)).map(({ revision }) => revision);
      expect(revisions).toEqual(revisions.map((_, n) => n));
    }
    // A command that did not win was a repeat, or met another revision than it expected.
    for (const [n, result] of results.entries()) {
      if (result.status !== 'repeat') continue;
      const [command] = attempts[n]!.commands;
      expect(result.answers).toMatchObject([{ commandId: command!.commandId }]);
    }
    await store.close();
  });
});
