import { newId } from '@agencyos/contracts';
import { createLogger, migrateEventStore, natsOptions, openDatabase, PostgresEventStore, readConfig } from '@agencyos/runtime';
import { untilAnswered } from '@agencyos/testing';
import { appendOf } from '@agencyos/testing/facts';
import { startNatsCluster, startTestServers, type NatsCluster, type TestServers } from '@agencyos/testing/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AckPolicy, jetstream, jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { connect, nanos, type NatsConnection } from '@nats-io/transport-node';
import { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { RelayState, RelayTables1795000000000 } from '../src/relay-state.js';
import { Relay } from '../src/relay.js';

jest.setTimeout(300_000);

const logger = createLogger({ name: 'relay', instanceId: 'test', logLevel: process.env['LOG_LEVEL'] ?? 'silent' });
const until = <T>(condition: string, read: () => Promise<T | undefined>): Promise<T> => untilAnswered(read, { condition });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Events flow at this pace. */
const EVENTS = 5;
const EVERY_MS = 25;

let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
});
afterAll(() => servers.stop());

// fault 22
describe('the relay on a cluster of three', () => {
  let cluster: NatsCluster;
  let store: PostgresEventStore;
  let database: DataSource;
  let connection: NatsConnection;
  let watching: NatsConnection;
  let relay: Relay;
  let end: () => Promise<void>;

  beforeEach(async () => {
    cluster = await startNatsCluster(3);
    const databaseUrl = await servers.createDatabase();
    const pool = new Pool({ connectionString: databaseUrl });
    await migrateEventStore(pool);
    await pool.end();
    store = new PostgresEventStore({ url: databaseUrl });
    database = await openDatabase({ ...readConfig('relay', {}), databaseUrl }, logger, {
      migrations: [RelayTables1795000000000],
    });
    [connection, watching] = [await open(), await open()];
    relay = new Relay(store, connection, new RelayState(database), logger, {
      ...{ installationId: newId(), replicas: 3, eventsMaxBytes: 256 * 1024 * 1024 },
    });
    const stop = new AbortController();
    const done = relay.run(stop.signal);
    end = async () => {
      stop.abort();
      await done;
    };
    await until('the streams have their replicas', async () => (await info()).cluster?.replicas?.length === 2);
  });

  afterEach(async () => {
    await end();
    await Promise.all([connection.close(), watching.close()]);
    await store.close();
    await database.destroy();
    await cluster.stop();
  });

  const open = () => connect({ ...natsOptions({ name: 'relay', natsUrl: cluster.urls, nkeyFile: undefined }), timeout: 5_000 });
  const manager = () => jetstreamManager(watching, { timeout: 2_000 });
  const info = async () => (await manager()).streams.info('EVENTS');
  const leader = () => until('EVENTS has a leader', async () => (await info()).cluster?.leader);

  async function record(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      await store.append(appendOf(`sample-${newId()}`, [{ type: 'SampleRecorded' }]));
    }
  }

  /** Events are recorded all the time. @returns what ends that */
  function flow(): () => Promise<void> {
    let going = true;
    const flowing = (async () => {
      for (; going; await pause(EVERY_MS)) await record(EVENTS);
    })();
    return async () => {
      going = false;
      await flowing;
    };
  }

  /** Whoever comes from outside: what it has taken, by position. */
  async function subscribe(): Promise<{ taken: Set<string>; stop(): Promise<void> }> {
    const config = { durable_name: 'outside', ack_policy: AckPolicy.Explicit, ack_wait: nanos(3_000), num_replicas: 3 };
    await until('the consumer is there', async () => (await manager()).consumers.add('EVENTS', config));
    const taken = new Set<string>();
    let going = true;
    const taking = (async () => {
      while (going) {
        try {
          const consumer = await jetstream(watching, { timeout: 2_000 }).consumers.get('EVENTS', 'outside');
          for await (const message of await consumer.fetch({ max_messages: 200, expires: 1_000 })) {
            taken.add(message.headers!.get('Agencyos-Position'));
            message.ack();
          }
        } catch {
          await pause(100); // without a leader it says so at once
        }
      }
    })();
    return {
      taken,
      stop: async () => {
        going = false;
        await taking;
      },
    };
  }

  const untilPublished = async (position: bigint) =>
    until(`EVENTS holds position ${position}`, async () => relay.position !== undefined && relay.position >= position);

  const untilWhole = () =>
    until('every node has everything', async () => {
      const { cluster: state } = await info();
      return state?.replicas?.length === 2 && state.replicas.every(({ current, lag }) => current && !lag);
    });

  /** EVENTS holds the whole log, in order, each event once, and so does who has subscribed to it. */
  async function expectWholeLog(taken: ReadonlySet<string>): Promise<void> {
    const log: string[] = [];
    for (let after = 0n, more = true; more;) {
      const page = await store.readAll(after, { limit: 1_000 });
      log.push(...page.events.map(({ position }) => String(position)));
      more = page.events.length > 0;
      after = page.position;
    }
    await untilPublished(BigInt(log.length));
    const { state } = await info();
    const streams = (await manager()).streams;
    const stored: StoredMsg[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) stored.push((await streams.getMessage('EVENTS', { seq }))!);
    expect(stored.map(({ header }) => header.get('Agencyos-Position'))).toEqual(log);
    expect(stored.map(({ header }) => header.get('Agencyos-Previous'))).toEqual(['0', ...log.slice(0, -1)]);
    await until('the subscriber has taken all of it', async () => taken.size === log.length);
    expect([...taken].sort((a, b) => Number(a) - Number(b))).toEqual(log);
  }

  it('loses and doubles nothing when the leader of EVENTS is killed while events flow', async () => {
    const outside = await subscribe();
    const stop = flow();
    for (let kills = 0; kills < 3; kills++) {
      await untilPublished((await store.head()) + 20n);
      const killed = await leader();
      await cluster.kill(killed);
      const head = await store.head();
      await untilPublished(head + 1n); // another one leads
      await cluster.restart(killed);
      await untilWhole();
    }
    await stop();
    await expectWholeLog(outside.taken);
    await outside.stop();
  });

  it('goes on while a node is away that does not lead', async () => {
    const outside = await subscribe();
    const stop = flow();
    const leads = await leader();
    const other = cluster.names.find((name) => name !== leads)!;
    await cluster.kill(other);
    await untilPublished((await store.head()) + 200n);
    await cluster.restart(other);
    await untilWhole();
    await stop();
    await expectWholeLog(outside.taken);
    await outside.stop();
  });

  it('takes nothing for stored while there is no majority, and publishes all of it afterwards', async () => {
    const outside = await subscribe();
    const stop = flow();
    await untilPublished((await store.head()) + 20n);
    const leads = await leader();
    const others = cluster.names.filter((name) => name !== leads);
    await Promise.all(others.map((name) => cluster.kill(name)));
    await until('the relay publishes nothing', async () => relay.position === undefined);
    const head = await store.head();
    await until('much was recorded meanwhile', async () => (await store.head()) > head + 500n);
    await Promise.all(others.map((name) => cluster.restart(name)));
    await untilPublished(head + 500n);
    await untilWhole();
    await stop();
    await expectWholeLog(outside.taken);
    await outside.stop();
  });
});
