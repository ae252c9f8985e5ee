import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Fact } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { DataSource } from 'typeorm';
import { Projector } from '../src/consumers/projector.js';
import { readViewPage } from '../src/consumers/tables.js';
import { Bus, createLogger, openDatabase, readConfig, type EventStore, type Feed, type Projection } from '../src/index.js';
import { Metrics } from '../src/metrics.js';

const ROWS = 12_000;
const PAGE = 500;

let servers: TestServers;
let database: DataSource;
let bus: Bus;
beforeAll(async () => {
  servers = await startTestServers();
  config = readConfig('swarm', servers.environment('swarm'));
  database = await openDatabase(config, createLogger(config));
  bus = await Bus.connect(config, createLogger(config));
});
afterAll(async () => {
  await bus?.close();
  await database?.destroy();
  await servers?.stop();
});

let config: ReturnType<typeof readConfig>;

const projection = (version: number): Projection => ({
  name: 'numbers',
  version,
  views: [],
  categories: ['number'],
  project: ({ position }, rows) => rows.put('numbers', 'all', `row/${position}`, { version }),
});

/** The log in pages, as far as it is let through. */
class Pages implements Feed {
  private open!: () => void;
  private readonly gate = new Promise<void>((resolve) => (this.open = resolve));
  /** Resolves when everything before the gate was handled. */
  readonly atGate: Promise<void>;
  private arrived!: () => void;

  constructor(private readonly gateAt: number) {
    this.atGate = new Promise((resolve) => (this.arrived = resolve));
  }

  letThrough(): void {
    this.open();
  }

  async *follow(after: bigint, _categories: readonly string[], signal: AbortSignal) {
    for (let position = Number(after); position < ROWS; position += PAGE) {
      if (position === this.gateAt) {
        this.arrived();
        await this.gate;
      }
      const facts = Array.from({ length: PAGE }, (_, n) => ({ position: String(position + n + 1) }) as Fact);
      yield { facts, position: BigInt(position + PAGE) };
    }
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
}

function start(version: number, feed: Feed) {
  const logger = createLogger(config);
  const store = { head: async () => BigInt(ROWS) } as EventStore;
  const receivers = { ready: async () => true };
  const dependencies = { database, store, feed, bus, receivers, logger, metrics: new Metrics('test'), context: 'swarm' };
  const stop = new AbortController();
  const ended = new Projector(projection(version), dependencies).run(stop.signal);
  return async () => {
    stop.abort();
    await ended;
  };
}

const shown = async () => (await readViewPage(database, 'numbers', 'numbers', 'all', undefined, ROWS))!;

it('a new version is built in large steps while the old one is read, and takes its place once it is whole', async () => {
  const stopOld = start(1, new Pages(-1));
  await until(async () => (await shown())?.revision === ROWS);
  await stopOld();

  const feed = new Pages(ROWS - PAGE);
  const stopNew = start(2, feed);
  await feed.atGate;
  const old = await shown();
  expect(Object.keys(old.rows)).toHaveLength(ROWS);
  expect(old.rows['row/1']).toEqual({ version: 1 });
  const [{ position }] = (await database.query('SELECT position FROM projection WHERE version = 2')) as [{ position: string }];
  expect(Number(position)).toBe(10_000);

  feed.letThrough();
  await until(async () => (await shown()).epoch !== old.epoch);
  const rebuilt = await shown();
  expect(Object.keys(rebuilt.rows)).toHaveLength(ROWS);
  expect(Object.values(rebuilt.rows)).toEqual(Object.values(rebuilt.rows).map(() => ({ version: 2 })));
  expect(rebuilt.revision).toBe(ROWS);
  await stopNew();
});

/** What the log has beyond all rows: nothing of ours. */
const goesOn: Feed = {
  async *follow(after, _categories, signal) {
    yield { facts: [], position: after + 1n };
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
};

it('a version that is gone back to finds its own rows again, and so does the later one', async () => {
  const later = (await shown()).epoch;
  const shows = async (version: number, differs: string) => {
    const stop = start(version, goesOn);
    await until(async () => (await shown()).epoch !== differs);
    await stop();
    return shown();
  };
  const before = await shows(1, later);
  expect([Object.keys(before.rows).length, before.rows['row/1']]).toEqual([ROWS, { version: 1 }]);
  const again = await shows(2, before.epoch);
  expect([again.epoch, again.rows['row/1']]).toEqual([later, { version: 2 }]);
});
