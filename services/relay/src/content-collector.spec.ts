import { newId } from '@agencyos/contracts';
import {
  createLogger,
  type EventStore,
  migrateEventStore,
  openDatabase,
  PostgresContentStore,
  PostgresEventStore,
  readConfig,
} from '@agencyos/runtime';
import { KurrentDbEventStore } from '@agencyos/runtime/kurrentdb';
import { until } from '@agencyos/testing';
import { appendOf } from '@agencyos/testing/facts';
import { KurrentDbDouble } from '@agencyos/testing/kurrentdb';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { ContentCollector } from './content-collector.js';
import { NamedContent1796000000000 } from './named-content.js';
import { RelayTables1795000000000 } from './relay-state.js';

const logger = createLogger({ name: 'relay', instanceId: 'test', logLevel: 'silent' });
const forEver = new AbortController().signal;

let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
});
afterAll(() => servers.stop());

describe.each(['postgres', 'kurrentdb'])('the collector of content, log on %s (fault 16)', (log) => {
  let pool: Pool;
  let store: EventStore;
  let database: DataSource;
  let content: PostgresContentStore;
  let double: KurrentDbDouble | undefined;

  beforeEach(async () => {
    const databaseUrl = await servers.createDatabase();
    pool = new Pool({ connectionString: databaseUrl });
    pool.on('error', () => undefined);
    await migrateEventStore(pool);
    const migrations = [RelayTables1795000000000, NamedContent1796000000000];
    database = await openDatabase({ ...readConfig('relay', {}), databaseUrl }, logger, { migrations });
    content = new PostgresContentStore(pool);
    double = log === 'kurrentdb' ? await KurrentDbDouble.start() : undefined;
    store = double ? new KurrentDbEventStore({ url: double.url, pool }) : new PostgresEventStore({ url: databaseUrl });
  });
  afterEach(async () => {
    await store.close();
    double?.stop();
    await database.destroy();
    await pool.end();
  });

  const put = async (text: string) => (await content.put(Buffer.from(text), 'text/plain')).digest;
  /** As if it had been stored, or asked for, the last time a little more than a day ago. */
  const age = (...digests: string[]) =>
    pool.query(`UPDATE eventstore.content SET stored_at = now() - interval '24 hours 1 minute' WHERE digest = ANY($1)`, [
      digests,
    ]);
  const kept = async () => {
    const { rows } = await pool.query<{ digest: string }>('SELECT digest FROM eventstore.content');
    return rows.map(({ digest }) => digest).sort();
  };
  const collect = (from = store, signal = forEver) => new ContentCollector(from, database).collect(signal);

  async function record(data: Record<string, unknown>): Promise<void> {
    const result = await store.append(appendOf(`sample-${newId()}`, [{ type: 'SampleRecorded', data }]));
    expect(result.status).toBe('appended');
  }

  it('deletes what is old and no event names, and nothing else', async () => {
    const digests = await Promise.all(['listed', 'in a text', 'named before stored', 'nobody’s'].map(put));
    const [listed, inText, early, nobodys] = digests as [string, string, string, string];
    await pool.query('DELETE FROM eventstore.content WHERE digest = $1', [early]);
    await record({ artifacts: [{ name: 'report', digest: listed }] });
    await record({ note: `see ${inText}, please`, [early]: true });
    await collect();
    await put('named before stored');
    const young = await put('young');
    await age(listed, inText, early, nobodys);
    expect(await collect()).toEqual({ contents: 1, bytes: Buffer.byteLength('nobody’s') });
    expect(await kept()).toEqual([listed, inText, early, young].sort());
    expect(await collect()).toEqual({ contents: 0, bytes: 0 });
  });

  it('keeps for another day what is put again or asked for', async () => {
    const [again, wanted] = [await put('again'), await put('wanted')];
    await age(again, wanted);
    await put('again');
    expect(await content.has(wanted)).toBe(true);
    expect(await collect()).toMatchObject({ contents: 0 });
    await age(again);
    expect(await collect()).toMatchObject({ contents: 1 });
    expect(await content.has(again)).toBe(false);
    expect(await put('again')).toBe(again); // it comes back like new
    expect(await kept()).toEqual([again, wanted].sort());
  });

  it('keeps what is asked for while it is being chosen', async () => {
    const wanted = await put('wanted');
    await age(wanted);
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('UPDATE eventstore.content SET stored_at = now() WHERE digest = $1', [wanted]);
    const collected = collect();
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await until(async () => (await pool.query(waiting)).rowCount);
    await client.query('COMMIT');
    client.release();
    expect(await collected).toEqual({ contents: 0, bytes: 0 });
    expect(await kept()).toEqual([wanted]);
  });

  it('deletes nothing before the log was read to its end, and goes on where it stopped', async () => {
    const [named, nobodys] = [await put('named'), await put('nobody’s')];
    await age(named, nobodys);
    for (let n = 0; n < 210; n++) await record({ n });
    await record({ digest: named });
    let pages = 0;
    const failing = new Proxy(store, {
      get: (target, key) => {
        if (key !== 'readAll') return (Reflect.get(target, key) as () => unknown).bind(target);
        return (...args: Parameters<EventStore['readAll']>) =>
          ++pages > 1 ? Promise.reject(new Error('away')) : target.readAll(...args);
      },
    });
    await expect(collect(failing)).rejects.toThrow('away');
    expect(await collect(store, AbortSignal.abort())).toEqual({ contents: 0, bytes: 0 });
    const standing = new Proxy(store, {
      get: (target, key) =>
        key === 'readAll'
          ? (position: bigint) => Promise.resolve({ events: [], position })
          : (Reflect.get(target, key) as () => unknown).bind(target),
    });
    expect(await collect(standing)).toEqual({ contents: 0, bytes: 0 });
    expect(await kept()).toEqual([named, nobodys].sort());
    const read = jest.spyOn(store, 'readAll');
    expect(await collect()).toMatchObject({ contents: 1 });
    expect(read.mock.calls[0]![0]).toBeGreaterThan(0n);
    expect(await kept()).toEqual([named]);
  });

  it('refuses a log that ends before what was read of it', async () => {
    await record({});
    await collect();
    await database.query('UPDATE relay.content_position SET position = position + 1');
    await expect(collect()).rejects.toThrow('restored from an older copy');
  });

  it('deletes more than one statement takes', async () => {
    await pool.query(
      `INSERT INTO eventstore.content SELECT 'sha256:' || n, '\\x00', 'text/plain', now() - interval '2 days'
      FROM generate_series(1, 250) n`,
    );
    expect(await collect()).toEqual({ contents: 250, bytes: 250 });
  });
});
