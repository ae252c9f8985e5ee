import { newId, type CloudEvent } from '@agencyos/contracts';
import {
  createLogger,
  Elections,
  migrateEventStore,
  natsOptions,
  openDatabase,
  PostgresEventStore,
  readConfig,
} from '@agencyos/runtime';
import { untilAnswered as until } from '@agencyos/testing';
import { appendOf } from '@agencyos/testing/facts';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { RelayState, RelayTables1795000000000 } from './relay-state.js';
import { Relay, type RelayOptions } from './relay.js';

const installationId = newId();
const logger = createLogger({
  name: 'relay',
  instanceId: 'test',
  logLevel: process.env['LOG_LEVEL'] ?? 'silent',
});

let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers();
});
afterAll(() => servers.stop());

describe('the relay', () => {
  let store: PostgresEventStore;
  let database: DataSource;
  let connection: NatsConnection;
  let databaseUrl: string;
  const running: Array<() => Promise<void>> = [];

  beforeEach(async () => {
    databaseUrl = await servers.createDatabase();
    const pool = new Pool({ connectionString: databaseUrl });
    pool.on('error', () => undefined); // the server may end first
    await migrateEventStore(pool);
    await pool.end();
    store = new PostgresEventStore({ url: databaseUrl });
    const config = { ...readConfig('relay', {}), databaseUrl };
    database = await openDatabase(config, logger, { migrations: [RelayTables1795000000000] });
    connection = await open();
  });

  afterEach(async () => {
    for (const stop of running.splice(0)) await stop();
    await connection.close();
    await store.close();
    await database.destroy();
  });

  const open = () => connect(natsOptions({ name: 'relay', natsUrl: servers.natsUrl, nkeyFile: servers.nkeyFile('relay') }));

  /** @returns a function that ends it */
  function start(options: Partial<RelayOptions> = {}, nats = connection, relayStore = store) {
    const relay = new Relay(relayStore, nats, new RelayState(database), logger, {
      installationId,
      replicas: 1,
      eventsMaxBytes: 64 * 1024 * 1024,
      ...options,
    });
    const stop = new AbortController();
    const done = relay.run(stop.signal);
    const end = async () => {
      stop.abort();
      await done;
    };
    running.push(end);
    return { relay, end };
  }

  /** Appends one event to each of so many streams. */
  async function record(count: number, type = 'SampleRecorded', data: Record<string, unknown> = {}): Promise<void> {
    const results = await Promise.all(
      Array.from({ length: count }, () =>
        store.append(
          appendOf(`sample-${newId()}`, [{ type, data }], {
            traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          }),
        ),
      ),
    );
    expect(results.every(({ status }) => status === 'appended')).toBe(true);
  }

  /** Everything in EVENTS, oldest first. */
  async function published(): Promise<StoredMsg[]> {
    const manager = await jetstreamManager(connection, { timeout: 500 });
    const info = await manager.streams.info('EVENTS');
    const messages: StoredMsg[] = [];
    for (let seq = info.state.first_seq; seq <= info.state.last_seq; seq++) {
      const message = await manager.streams.getMessage('EVENTS', { seq });
      if (message) messages.push(message);
    }
    return messages;
  }

  async function untilPublished(count: number): Promise<void> {
    await until(async () => {
      const manager = await jetstreamManager(connection, { timeout: 500 });
      return (await manager.streams.info('EVENTS')).state.last_seq >= count;
    });
  }

  /** EVENTS holds the whole log: in order, each event once, each naming the one before. */
  async function expectWholeLog(): Promise<void> {
    const { events } = await store.readAll(0n, { limit: 10_000 });
    const messages = await published();
    const positions = messages.map(({ header }) => header.get('Agencyos-Position'));
    expect(positions).toEqual(events.map(({ position }) => String(position)));
    expect(messages.map(({ header }) => header.get('Agencyos-Previous'))).toEqual(['0', ...positions.slice(0, -1)]);
    expect(messages.map(({ header }) => header.get('Nats-Msg-Id'))).toEqual(events.map(({ id }) => id));
  }

  const emptyNats = () => servers.restartNats({ deleteStore: true });

  it('publishes every event in order as a CloudEvent', async () => {
    await emptyNats();
    start();
    await record(300);
    await record(20);
    await untilPublished(320);
    await expectWholeLog();
    const [message] = await published();
    const [recorded] = (await store.readAll(0n, { limit: 1 })).events;
    expect(message!.subject).toBe(`agencyos.evt.sample.sample.SampleRecorded.${recorded!.stream.slice(7)}`);
    expect(message!.header.get('traceparent')).toBe(recorded!.metadata.traceparent);
    expect(message!.json<CloudEvent>()).toMatchObject({
      specversion: '1.0',
      id: recorded!.id,
      source: `urn:agencyos:${installationId}:sample`,
      subject: recorded!.stream,
      position: '1',
    });
  });

  it('continues after a kill between publishing and checkpoint, with nothing doubled', async () => {
    await emptyNats();
    const { end } = start();
    await record(50);
    await untilPublished(50);
    await end();
    await database.query('UPDATE relay.checkpoint SET position = 7'); // as if it had died before saving
    start();
    await record(50);
    await untilPublished(100);
    await expectWholeLog();
  });

  it('fills an emptied NATS again, queues of roles included', async () => {
    await emptyNats();
    start();
    await record(40);
    await record(1, 'AgentRegistered', { agentId: 'a', roles: ['build', 'review'] });
    await untilPublished(41);
    await emptyNats();
    await record(5);
    await untilPublished(46);
    await expectWholeLog();
    const manager = await jetstreamManager(connection, { timeout: 500 });
    for (const role of ['build', 'review']) {
      const { config } = await manager.consumers.info('TASKS', `role-${role}`);
      expect(config).toMatchObject({
        ack_policy: 'explicit',
        max_deliver: 5,
        filter_subject: `agencyos.task.${role}`,
      });
    }
    const streams = await manager.streams.list().next();
    expect(streams.map(({ config }) => config.name).sort()).toEqual(['ADVISORIES', 'EVENTS', 'LOGS', 'TASKS']);
  });

  it('publishes again what was removed, though JetStream remembers its id (fault 22)', async () => {
    await emptyNats();
    const { end } = start();
    await record(30);
    await untilPublished(30);
    await end();
    const manager = await jetstreamManager(connection, { timeout: 2_000 });
    for (const sequence of [30, 29, 28]) await manager.streams.deleteMessage('EVENTS', sequence);
    start();
    await record(5);
    await untilPublished(38);
    const { events } = await store.readAll(0n, { limit: 100 });
    const again = [];
    for (let seq = 31; seq <= 38; seq++) again.push((await manager.streams.getMessage('EVENTS', { seq }))!.json<CloudEvent>());
    expect(again.map(({ id }) => id)).toEqual(events.slice(27).map(({ id }) => id));
  });

  it('takes an empty stream for what it is after a purge, however lately it was filled (fault 22)', async () => {
    await emptyNats();
    const { end } = start();
    await record(20);
    await untilPublished(20);
    await end();
    const manager = await jetstreamManager(connection, { timeout: 2_000 });
    await manager.streams.purge('EVENTS');
    await database.query('UPDATE relay.checkpoint SET position = 15');
    start();
    await untilPublished(25);
    const message = await manager.streams.getMessage('EVENTS', { seq: 21 });
    expect(message!.json<CloudEvent>().position).toBe('16');
  });

  it('refills a lost EVENTS no further than it is told', async () => {
    await emptyNats();
    const { end } = start();
    await record(60);
    await untilPublished(60);
    await end();
    await emptyNats();
    start({ refill: 10 });
    await untilPublished(10);
    const messages = await published();
    expect(messages.map(({ header }) => header.get('Agencyos-Position'))).toEqual(
      Array.from({ length: 10 }, (_, n) => String(51 + n)),
    );
    expect(messages[0]!.header.get('Agencyos-Previous')).toBe('50');
  });

  it('goes on publishing when NATS was restarted in the middle', async () => {
    await emptyNats();
    start();
    await record(20);
    const restarted = servers.restartNats();
    for (let n = 0; n < 20; n++) await record(20);
    await restarted;
    await record(20);
    await untilPublished(440);
    await expectWholeLog();
  });

  it('goes on publishing when PostgreSQL was restarted in the middle', async () => {
    await emptyNats();
    start();
    await record(100);
    await servers.restartPostgres();
    await until(async () => (await store.head().catch(() => 0n)) === 100n);
    await record(20);
    await untilPublished(120);
    await expectWholeLog();
  });

  it('makes EVENTS anew when it holds the events of another log', async () => {
    await emptyNats();
    const { end } = start();
    await record(30);
    await untilPublished(30);
    await end();
    await store.close();
    const otherUrl = await servers.createDatabase();
    const pool = new Pool({ connectionString: otherUrl });
    pool.on('error', () => undefined); // the server may end first
    await migrateEventStore(pool);
    await pool.end();
    store = new PostgresEventStore({ url: otherUrl });
    await record(10);
    await database.query('DELETE FROM relay.checkpoint');
    start();
    await until(async () => (await published()).length === 10);
    await expectWholeLog();
  });

  it('passes over what lies in EVENTS and is no event, and says so (fault 7)', async () => {
    await emptyNats();
    let foreign = 0;
    const options = { foreign: (messages: number) => void (foreign += messages) };
    const { end } = start(options);
    await record(10);
    await untilPublished(10);
    await end();
    for (const junk of ['{"answered":true}', 'no JSON', '[]', '{"subject":"x","streamrevision":0}'])
      await connection.request('agencyos.evt.swarm.run.TaskSucceeded.x', junk);
    start(options);
    await record(5);
    await untilPublished(19);
    expect(foreign).toBe(4);
    await connection.request('agencyos.evt.swarm.run.TaskSucceeded.x', 'in the middle');
    await record(5);
    await until(async () => (await published()).length === 25);
    expect(foreign).toBe(5);
    const ours = (await published()).filter(({ header }) => header.get('Agencyos-Position'));
    const { events } = await store.readAll(0n, { limit: 100 });
    expect(ours.map(({ header }) => header.get('Nats-Msg-Id'))).toEqual(events.map(({ id }) => id));
  });

  it('makes streams and queues again that somebody deleted, without anything else happening (fault 7)', async () => {
    await emptyNats();
    start({ watchMs: 100 });
    await record(3);
    await record(1, 'AgentAdmitted', { agentId: 'a', roles: ['build'] });
    await untilPublished(4);
    const manager = await jetstreamManager(connection, { timeout: 2_000 });
    await until(() => manager.consumers.info('TASKS', 'role-build').then(() => true));
    await manager.streams.delete('LOGS');
    await manager.consumers.delete('TASKS', 'role-build');
    await until(() => manager.streams.info('LOGS').then(() => true));
    await until(() => manager.consumers.info('TASKS', 'role-build').then(() => true));
    await manager.streams.delete('EVENTS');
    await until(async () => (await published()).length === 4);
    await expectWholeLog();
  });

  it('removes the older half of a full EVENTS instead of standing still', async () => {
    await emptyNats();
    start({ eventsMaxBytes: 1024 * 1024 });
    for (let n = 0; n < 10; n++) await record(40, 'SampleRecorded', { text: 'x'.repeat(5_000) });
    await untilPublished(400);
    const messages = await published();
    expect(messages.at(-1)!.header.get('Agencyos-Position')).toBe('400');
    expect(messages.length).toBeLessThan(400);
    const positions = messages.map(({ header }) => Number(header.get('Agencyos-Position')));
    expect(positions).toEqual(Array.from({ length: messages.length }, (_, n) => 401 - messages.length + n));
  });

  it('stores nothing twice or out of order when two relays meet', async () => {
    await emptyNats();
    const second = await open();
    start();
    start({}, second);
    for (let n = 0; n < 20; n++) await record(20);
    await untilPublished(400);
    await expectWholeLog();
    await Promise.all(running.splice(0).map((stop) => stop()));
    await second.close();
  });

  it('lets one relay of several publish, and another take over', async () => {
    await emptyNats();
    const config = { ...readConfig('relay', {}), databaseUrl };
    const sessions = [new Elections(config), new Elections(config)];
    const ends = sessions.map(() => new AbortController());
    let publishing = 0;
    const ended = sessions.map((elections, n) =>
      elections.hold('publish', ends[n]!.signal, async (held) => {
        const { end } = start();
        publishing++;
        await new Promise((resolve) => held.addEventListener('abort', resolve, { once: true }));
        await end();
        publishing--;
      }),
    );
    await record(10);
    await untilPublished(10);
    expect(publishing).toBe(1);
    // The session of whichever holds the lock is cut: it stops, one of them is elected anew.
    await store.head();
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND pid <> pg_backend_pid()`,
    );
    await until(async () => publishing === 0);
    ends[1]!.abort();
    const again = sessions[0]!.hold('publish', ends[0]!.signal, async () => {
      const { end } = start();
      await record(10);
      await untilPublished(20);
      await end();
    });
    await again;
    for (const end of ends) end.abort();
    await Promise.all(ended);
    for (const session of sessions) await session.close();
    await expectWholeLog();
  });
});
