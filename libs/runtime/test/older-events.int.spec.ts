import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  defineEvents,
  defineView,
  newId,
  subjects,
  toCloudEvent,
  UnknownEventVersion,
  upcastOf,
  type Fact,
} from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { headers } from '@nats-io/transport-node';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { Projector } from '../src/consumers/projector.js';
import { Reactor } from '../src/consumers/reactor.js';
import { listParked, park } from '../src/consumers/tables.js';
import { lampEvents, lampForm, recordAs } from '../src/event-store/testing/sample-evolution.js';
import {
  Bus,
  createLogger,
  EventsFeed,
  factOf,
  LogFeed,
  Metrics,
  migrateEventStore,
  openDatabase,
  PostgresEventStore,
  PresentEventStore,
  PresentForm,
  readConfig,
  type Projection,
  type Reactions,
} from '../src/index.js';
import { MemoryEventStore } from '../src/testing/index.js';

const lampsView = defineView({
  kind: 'lamps',
  context: 'house',
  permission: 'board:read',
  id: 'all',
  rows: { lamp: z.unknown() },
});
/** Knows only what lamps are today. */
const lamps: Projection = {
  name: 'lamps',
  version: 1,
  views: [lampsView],
  categories: ['lamp'],
  project({ type, data: { lampId, percent } }, rows) {
    if (type === 'LampLit') rows.put('lamps', 'all', `lamp/${String(lampId)}`, percent);
  },
};
const [hall, attic, cellar] = ['hall', 'attic', 'cellar'];

let servers: TestServers;
let pool: pg.Pool;
let database: DataSource;
let recorded: PostgresEventStore;
let bus: Bus;
const metrics = new Metrics('swarm');

beforeAll(async () => {
  servers = await startTestServers();
});
beforeEach(async () => {
  // Recorded events cannot be removed: each test has a log of its own.
  const databaseUrl = await servers.createDatabase();
  const config = readConfig('swarm', {
    NATS_URL: servers.natsUrl,
    NATS_NKEY_FILE: servers.nkeyFile('test'),
    DATABASE_URL: databaseUrl,
  });
  pool = new pg.Pool({ connectionString: databaseUrl });
  pool.on('error', () => undefined); // the server may end first
  await migrateEventStore(pool);
  database = await openDatabase(config, logger());
  recorded = new PostgresEventStore({ url: databaseUrl, name: 'test' });
  bus = await Bus.connect(config, logger());
});
afterEach(async () => {
  await bus.close();
  await recorded.close();
  await database.destroy();
  await pool.end();
});
afterAll(() => servers?.stop());

const logger = () => createLogger({ name: 'swarm', instanceId: 'test', logLevel: 'silent' });
const rowsOf = async () => {
  const { rows } = await pool.query<{ key: string; value: unknown }>('SELECT key, value FROM swarm.view_row ORDER BY key');
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
};
const positionOf = async () =>
  (await pool.query<{ position: string }>('SELECT position FROM swarm.projection')).rows[0]?.position;

/** Runs the projection until the rows are these; fails when it halts before. */
async function project(form: PresentForm, wanted: object): Promise<void> {
  const store = new PresentEventStore(recorded, form);
  const feed = new LogFeed(store);
  const projector = new Projector(lamps, {
    database,
    store,
    feed,
    bus,
    receivers: { ready: async () => true },
    logger: logger(),
    metrics,
    context: 'house',
  });
  const stop = new AbortController();
  const running = projector.run(stop.signal);
  try {
    const isShown = (rows: object) => JSON.stringify(rows) === JSON.stringify(wanted) || stop.signal.aborted;
    await Promise.race([running, until(rowsOf, isShown)]);
  } finally {
    stop.abort();
  }
  await running;
}

describe('an older version’s events in the log', () => {
  it('are projected in the form of today, and stay recorded as they were written', async () => {
    await recordAs(recorded, 'lamp-hall', 0, 'LampLit', 1, { lampId: hall });
    await recordAs(recorded, 'lamp-attic', 0, 'LampSwitched', 1, { lampId: attic, on: false });
    await recordAs(recorded, 'lamp-cellar', 0, 'LampLit', 2, { lampId: cellar, percent: 30 });
    await project(lampForm('lamp'), { 'lamp/attic': 0, 'lamp/cellar': 30, 'lamp/hall': 100 });
    const { rows } = await pool.query('SELECT type, schema FROM eventstore.events ORDER BY position');
    expect(rows).toEqual([
      { type: 'LampLit', schema: 1 },
      { type: 'LampSwitched', schema: 1 },
      { type: 'LampLit', schema: 2 },
    ]);
  });

  it('halt a projection that is older than they are, and the next version goes on from there', async () => {
    const before = await recordAs(recorded, 'lamp-hall', 0, 'LampLit', 2, { lampId: hall, percent: 1 });
    await recordAs(recorded, 'lamp-hall', 1, 'LampLit', 3, { lampId: hall, percent: 2, room: 'first' });
    await recordAs(recorded, 'lamp-attic', 0, 'LampLit', 2, { lampId: attic, percent: 3 });
    await expect(project(lampForm('lamp'), { never: 0 })).rejects.toThrow(UnknownEventVersion);
    expect(await rowsOf()).toEqual({ 'lamp/hall': 1 });
    expect(await positionOf()).toBe(String(before));

    const { context, aggregate, types, upcasters, retired } = lampEvents;
    const next = defineEvents(context, aggregate, types, { versions: { LampLit: 3 }, upcasters, retired });
    await project(new PresentForm(upcastOf([next])), { 'lamp/attic': 3, 'lamp/hall': 2 });
  });

  it('are no obstacle to a projection of another context', async () => {
    await recordAs(recorded, 'lamp-hall', 0, 'LampSold', 1, { lampId: hall });
    await recordAs(recorded, 'lamp-attic', 0, 'LampLit', 3, { lampId: attic, percent: 3, room: 'roof' });
    await project(lampForm('board'), { 'lamp/attic': 3 });
  });
});

describe('reactions to an older version’s events', () => {
  const switchedOff = async (): Promise<Fact> => {
    await recordAs(recorded, 'lamp-hall', 0, 'LampSwitched', 1, { lampId: hall, on: false });
    const [event] = (await recorded.readAll(0n, { limit: 1 })).events;
    return factOf(event!);
  };

  it('get them in the form of today over NATS, where they are published as they were written', async () => {
    const fact = { ...(await switchedOff()), position: '1' };
    const form = lampForm('board');
    // An empty log: what arrives came over NATS.
    const feed = new EventsFeed(new PresentEventStore(new MemoryEventStore(), form), bus, form);
    const stop = new AbortController();
    const batches = feed.follow(0n, ['lamp'], stop.signal)[Symbol.asyncIterator]();
    const first = batches.next();
    await bus.connection.flush();
    const head = headers();
    head.set('Agencyos-Previous', '0');
    bus.publish(subjects.event('house', 'lamp', fact.type, 'hall'), toCloudEvent(fact, newId()), head);
    const { facts } = (await first).value as { facts: Fact[] };
    expect(facts).toMatchObject([{ type: 'LampLit', schema: 2, data: { lampId: hall, percent: 0 } }]);
    stop.abort();
    await batches.return!();
  });

  it('get them in the form of today when they were parked before the upgrade', async () => {
    const seen: Fact[] = [];
    const reactions: Reactions = {
      name: 'dusk',
      source: 'log',
      categories: ['lamp'],
      react: (fact) => {
        seen.push(fact);
        return [];
      },
    };
    await park(database, 'dusk', await switchedOff(), 'it was not understood');
    const form = lampForm('lamp');
    const feed = new LogFeed(new PresentEventStore(recorded, form));
    const reactor = new Reactor(reactions, {
      database,
      feed,
      form,
      store: recorded,
      commands: undefined as never,
      receivers: undefined as never,
      logger: logger(),
      metrics,
    });
    expect(await reactor.retryParked()).toBe(1);
    expect(seen).toMatchObject([{ type: 'LampLit', schema: 2, data: { lampId: hall, percent: 0 } }]);
    expect((await listParked(database)).parked).toEqual([]);
  });

  it('stop at what a newer version wrote, and nobody goes on behind it', async () => {
    await recordAs(recorded, 'lamp-hall', 0, 'LampLit', 2, { lampId: hall, percent: 1 });
    await recordAs(recorded, 'lamp-hall', 1, 'LampLit', 3, { lampId: hall, percent: 2 });
    const seen: number[] = [];
    const form = lampForm('lamp');
    const react = ({ revision }: Fact) => (seen.push(revision), []);
    const reactor = new Reactor(
      { name: 'dawn', source: 'log', categories: ['lamp'], react },
      {
        database,
        feed: new LogFeed(new PresentEventStore(recorded, form)),
        form,
        store: recorded,
        commands: undefined as never,
        receivers: undefined as never,
        logger: logger(),
        metrics,
      },
    );
    await expect(reactor.run(new AbortController().signal)).rejects.toThrow('lamp-hall@1');
    // It has ended altogether: started again, it stops there again and repeats nothing.
    await expect(reactor.run(new AbortController().signal)).rejects.toThrow('lamp-hall@1');
    expect(seen).toEqual([0]);
  });
});
