import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Fact, ViewHead } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { DataSource } from 'typeorm';
import { Projector } from '../src/consumers/projector.js';
import { listParked, readViewPage } from '../src/consumers/tables.js';
import { Bus, createLogger, Metrics, openDatabase, readConfig, type EventStore, type Projection } from '../src/index.js';
import { fact, FakeFeed, fasterClock, of } from './fake-feed.js';

const logger = createLogger({ name: 'swarm', instanceId: 'test', logLevel: 'silent' });
/** What PostgreSQL refuses in a row. */
const NUL = '\u0000';

let servers: TestServers;
let database: DataSource;
let bus: Bus;
let heads: ViewHead[];
let ends: (() => Promise<void>)[];
let ready: () => boolean;
let fails: (fact: Fact) => boolean;
let rowOf: (fact: Fact) => unknown;

/** One row for each fact, in a view of its stream; the contracts have the kind. */
const projection = (version = 1): Projection => ({
  name: 'boards',
  version,
  views: [],
  categories: ['lamp'],
  async project(given, rows) {
    if (fails(given)) throw new Error('a defect');
    const { times = 0 } = (await rows.get<{ times: number }>('board', given.stream, 'times')) ?? {};
    rows.put('board', given.stream, 'times', { times: times + 1 });
    rows.put('board', given.stream, `row/${given.revision}`, rowOf(given));
  },
});

beforeAll(async () => {
  servers = await startTestServers();
});
afterAll(() => servers?.stop());
beforeEach(async () => {
  const databaseUrl = await servers.createDatabase();
  const environment = { NATS_URL: servers.natsUrl, NATS_NKEY_FILE: servers.nkeyFile('test'), DATABASE_URL: databaseUrl };
  const config = readConfig('swarm', environment);
  database = await openDatabase(config, logger);
  bus = await Bus.connect(config, logger);
  [heads, ends, ready] = [[], [], () => true];
  [rowOf, fails] = [({ data }) => data, () => false];
  bus.subscribe('agencyos.viewhead.kanban', (message) => void heads.push(...message.json<ViewHead[]>()));
  await bus.connection.flush();
});
afterEach(async () => {
  await Promise.all(ends.map((end) => end()));
  await bus.close();
  await database.destroy();
});

function start(feed: FakeFeed, version = 1): Projector {
  const store = { head: async () => BigInt(feed.facts.at(-1)?.position ?? 0) } as EventStore;
  const projector = new Projector(projection(version), {
    ...{ database, store, feed, bus, logger, metrics: new Metrics('swarm'), context: 'kanban' },
    receivers: { ready: async () => ready() },
    clock: fasterClock(),
  });
  const stop = new AbortController();
  const run = async () => {
    // As Background does: again whenever it ended.
    while (!stop.signal.aborted) await projector.run(stop.signal);
  };
  const running = run();
  running.catch(() => undefined);
  ends.push(async () => {
    stop.abort();
    await running.catch(() => undefined);
  });
  return projector;
}

const page = (stream: string) => readViewPage(database, 'boards', 'board', stream, undefined, 5_000);
const parked = async () => (await listParked(database)).parked.map(({ position }) => Number(position));
const healthy = (count: number, from: number) => of(count, from).map((n) => fact(`lamp-${n}`, n));
const isShown = async (stream: string) => (await page(stream))?.revision !== 0;

it('is where it has read to, though what it passed over last was no reason to write (fault 4)', async () => {
  const feed = new FakeFeed([fact('lamp-1', 1)]);
  feed.follow = async function* (_after, _categories, signal) {
    yield { facts: feed.facts, position: 1n };
    yield { facts: [], position: 9n };
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  };
  const projector = start(feed);
  await until(() => projector.standing.position === 9n);
});

describe('a projection that cannot take one fact (fault 4)', () => {
  it('goes on with the 2,000 behind it, parks it with its stream’s later ones, and marks what they would have changed', async () => {
    const feed = new FakeFeed([fact('lamp-bad', 1, 0, { note: NUL }), fact('lamp-bad', 2, 1), ...healthy(2_000, 3)]);
    const projector = start(feed);
    await until(async () => (await page('lamp-2002'))?.revision === 2_002);
    await until(async () => (await parked()).length === 2);
    expect(await page('lamp-bad')).toMatchObject({ incompleteSince: 1, rows: {} });
    expect(await page('lamp-500')).not.toHaveProperty('incompleteSince');
    await until(() => heads.some(({ id, incompleteSince }) => id === 'lamp-bad' && incompleteSince === 1));
    expect(projector.standing.state).toMatchObject({ parked: 2, trouble: { why: 'parked' } });

    // Later facts of the stream follow it, others are none the worse.
    feed.facts.push(fact('lamp-bad', 2_003, 2), fact('lamp-good', 2_004));
    await until(() => isShown('lamp-good'));
    await until(async () => (await parked()).length === 3);
    // Rows are changed once each, whatever was tried again.
    expect((await page('lamp-7'))!.rows['times']).toEqual({ times: 1 });
  });

  it('marks all of its views where it fails before it says what it would change', async () => {
    fails = ({ data }) => data['n'] === 1;
    start(new FakeFeed([fact('lamp-bad', 1), ...healthy(20, 2)]));
    await until(async () => (await parked()).length === 1);
    for (const stream of ['lamp-bad', 'lamp-5']) expect(await page(stream)).toMatchObject({ incompleteSince: 1 });
  });

  it('keeps that over a restart, and shows everything once it was built anew', async () => {
    const feed = new FakeFeed([fact('lamp-bad', 1, 0, { note: NUL }), ...healthy(50, 2)]);
    const projector = start(feed);
    await until(async () => (await parked()).length === 1);
    await ends.pop()!();
    const again = start(feed);
    feed.facts.push(fact('lamp-bad', 60, 1), fact('lamp-61', 61));
    await until(() => isShown('lamp-61'));
    expect(await parked()).toEqual([1, 60]);
    expect(again.standing.state.parked).toBe(2);

    // Mended: what PostgreSQL refuses is left out.
    rowOf = ({ data: { n } }) => ({ n });
    expect(await again.rebuildIncomplete()).toBe(true);
    await until(async () => (await page('lamp-bad'))?.revision === 60);
    expect(Object.keys((await page('lamp-bad'))!.rows)).toEqual(['row/0', 'row/1', 'times']);
    expect(await page('lamp-bad')).not.toHaveProperty('incompleteSince');
    await until(async () => (await parked()).length === 0);
    expect(await projector.rebuildIncomplete()).toBe(false);
  });

  it('parks nothing while nobody is ready to take rows', async () => {
    ready = () => false;
    const projector = start(new FakeFeed([fact('lamp-bad', 1, 0, { note: NUL }), ...healthy(50, 2)]));
    await until(() => projector.standing.state.trouble?.why === 'failing');
    expect(await parked()).toEqual([]);
    expect(await page('lamp-bad')).not.toHaveProperty('incompleteSince');
  });

  it('waits and parks nothing while it can take none, and goes on where it was', async () => {
    let broken = true;
    rowOf = ({ data }) => (broken ? NUL : data);
    const projector = start(new FakeFeed(healthy(600, 1), 250));
    await until(() => projector.standing.state.trouble?.why === 'failing');
    expect(projector.standing.position).toBe(0n);
    expect(await parked()).toEqual([]);
    broken = false;
    await until(() => isShown('lamp-600'));
    await until(() => projector.standing.state.trouble === undefined);
    for (const n of [1, 99, 250, 600]) {
      await until(() => isShown(`lamp-${n}`));
      expect((await page(`lamp-${n}`))!.rows['times']).toEqual({ times: 1 });
    }
  });
});
