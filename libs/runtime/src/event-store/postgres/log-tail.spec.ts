import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../event-store.js';
import { freshStream, sampleAppend } from '../testing/sample-append.js';
import { Pool } from 'pg';
import { PostgresEventStore } from './postgres-event-store.js';
import { migrateEventStore } from './schema.js';

let servers: TestServers;
let store: PostgresEventStore;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
  const pool = new Pool({ connectionString: servers.databaseUrl });
  pool.on('error', () => undefined); // the server may end first
  await migrateEventStore(pool);
  await pool.end();
  store = new PostgresEventStore({ url: servers.databaseUrl });
});
afterAll(async () => {
  await store.close();
  await servers.stop();
});

describe('subscribers that share the tail of the log', () => {
  it('each get their own categories, however slow they are and whenever they join', async () => {
    const categories = ['board', 'run', 'agent'];
    const stop = new AbortController();
    const subscribers: Array<{ wanted?: string[]; after: bigint; seen: RecordedEvent[] }> = [];
    const reading: Array<Promise<void>> = [];
    const join = (wanted: string[] | undefined, after: bigint, batch: number, pause: number) => {
      const seen: RecordedEvent[] = [];
      subscribers.push({ ...(wanted && { wanted }), after, seen });
      reading.push(
        (async () => {
          for await (const { events } of store.subscribe(after, {
            categories: wanted,
            batch,
            signal: stop.signal,
          })) {
            seen.push(...events);
            for (let n = 0; n < pause; n++) await new Promise(setImmediate);
          }
        })(),
      );
    };

    join(['board'], 0n, 500, 0);
    join(['board', 'run'], 0n, 7, 3);
    for (let round = 0; round < 40; round++) {
      const appends = Array.from({ length: 100 }, (_, n) => sampleAppend(freshStream(categories[n % 3]), -1));
      await Promise.all(appends.map((append) => store.append(append)));
      if (round === 10) join(['agent'], 0n, 50, 0);
      if (round === 20) join(undefined, 1_000n, 500, 1);
      if (round === 30) join(['run'], await store.head(), 500, 0);
    }

    const log = (await store.readAll(0n, { limit: 10_000 })).events;
    expect(log).toHaveLength(4_000);
    for (const { wanted, after, seen } of subscribers) {
      const own = log.filter(({ stream, position }) => {
        return position > after && (!wanted || wanted.includes(stream.split('-')[0]!));
      });
      await until(() => seen.length >= own.length);
      expect(seen.map(({ position }) => position)).toEqual(own.map(({ position }) => position));
    }
    stop.abort();
    await Promise.all(reading);
  });

  it('cannot change what the others see', async () => {
    const after = await store.head();
    const stop = new AbortController();
    const first: unknown[] = [];
    const spoil = async () => {
      for await (const { events } of store.subscribe(after, { signal: stop.signal })) {
        for (const event of events) {
          first.push(event.data['n']);
          event.data['n'] = 'spoilt';
        }
        if (first.length >= 40) stop.abort();
      }
    };
    const both = Promise.all([spoil(), spoil()]);
    for (let n = 0; n < 20; n++) await store.append(sampleAppend(freshStream(), -1));
    await both;
    expect(new Set(first)).toEqual(new Set([0]));
  });
});
