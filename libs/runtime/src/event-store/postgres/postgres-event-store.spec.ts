import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { eventStoreConformance } from '../event-store.conformance.js';
import { freshStream, readStream, sampleAppend } from '../testing/sample-append.js';
import { PostgresEventStore } from './postgres-event-store.js';
import { installationId, migrateEventStore, purgeAnswers } from './schema.js';

let servers: TestServers;
let pool: Pool;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
  pool = new Pool({ connectionString: servers.databaseUrl });
  pool.on('error', () => undefined); // connections that are still closing when the server stops
  await Promise.all(Array.from({ length: 6 }, () => migrateEventStore(pool))); // as several services starting at once
});
afterAll(async () => {
  await pool.end();
  await servers.stop();
});

eventStoreConformance('postgres', async () => new PostgresEventStore({ url: servers.databaseUrl }));

describe('the schema of the event store', () => {
  it('refuses to change or delete a recorded event', async () => {
    const store = new PostgresEventStore({ url: servers.databaseUrl });
    await store.append(sampleAppend(freshStream(), -1));
    await store.close();
    for (const statement of [
      "UPDATE eventstore.events SET type = 'x'",
      'DELETE FROM eventstore.events',
      'TRUNCATE eventstore.events',
    ]) {
      await expect(pool.query(statement)).rejects.toThrow('recorded events are never changed');
    }
  });

  it('mints one installation id', async () => {
    const seen = await Promise.all(Array.from({ length: 8 }, () => installationId(pool)));
    expect(new Set(seen).size).toBe(1);
  });

  it('keeps with each answer who got it; of rows of before nobody knows (fault 9)', async () => {
    const store = new PostgresEventStore({ url: servers.databaseUrl });
    const [before, now] = [sampleAppend(freshStream(), -1), sampleAppend(freshStream(), -1)];
    await store.append(now);
    const { commandId, digest } = before.commands[0]!;
    // As the version before wrote it, or a replica of it still does.
    await pool.query(
      `INSERT INTO eventstore.answers (command_id, digest, stream, revision, position) VALUES ($1, $2, $3, 0, 1)`,
      [commandId, digest, before.stream],
    );
    expect(await store.answers([now.commands[0]!.commandId])).toMatchObject([{ principal: 'service:kanban' }]);
    expect(await store.append(before)).toMatchObject({
      status: 'repeat',
      answers: [{ commandId, principal: '' }],
    });
    await store.close();
  });

  it('forgets answers after a day, yet recognises the command by its events', async () => {
    const store = new PostgresEventStore({ url: servers.databaseUrl });
    const [old, recent] = [sampleAppend(freshStream(), -1, { events: 3 }), sampleAppend(freshStream(), -1)];
    // As commands of before could have it (fault 1).
    for (const { metadata } of old.events) metadata.causationId = 'a\0\ud83d';
    const first = await store.append(old);
    await store.append(recent);
    await pool.query(`UPDATE eventstore.answers SET recorded_at = now() - interval '25 hours' WHERE command_id = $1`, [
      old.commands[0]!.commandId,
    ]);
    expect(await purgeAnswers(pool)).toBe(1);
    expect(await store.answers([old.commands[0]!.commandId])).toEqual([]);
    expect(await store.answers([recent.commands[0]!.commandId])).toHaveLength(1);
    expect(await store.append(old)).toEqual({
      status: 'repeat',
      answers: 'answers' in first ? first.answers : [],
    });
    expect(await readStream(store, old.stream)).toHaveLength(3);
    await store.close();
  });

  it('fails what the database cannot take alone', async () => {
    const store = new PostgresEventStore({ url: servers.databaseUrl });
    const poison = sampleAppend(freshStream(), -1);
    poison.events[0]!.schema = 2 ** 40; // beyond int
    const good = Array.from({ length: 20 }, () => store.append(sampleAppend(freshStream(), -1)));
    const [bad, ...rest] = await Promise.allSettled([store.append(poison), ...good]);
    expect(bad.status).toBe('rejected');
    for (const result of rest) expect(result).toMatchObject({ value: { status: 'appended' } });
    await store.close();
  });
});
