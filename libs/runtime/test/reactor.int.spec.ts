import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommandMessage, Fact } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { DataSource } from 'typeorm';
import { fact, FakeFeed, fasterClock, of } from './fake-feed.js';
import { Reactor } from '../src/consumers/reactor.js';
import { listParked, readPosition } from '../src/consumers/tables.js';
import {
  createLogger,
  Metrics,
  openDatabase,
  pause,
  PresentForm,
  readConfig,
  type Commands,
  type EventStore,
} from '../src/index.js';
import { MemoryEventStore } from '../src/testing/index.js';

const logger = createLogger({ name: 'swarm', instanceId: 'test', logLevel: 'silent' });
let servers: TestServers;
let database: DataSource;
let stop: AbortController;
let running: Promise<void> | undefined;
/** Whether the receiver takes a command, and whether it says that it is ready. */
let takes: (message: CommandMessage) => boolean;
let ready: () => boolean;
let sent: number[];

beforeAll(async () => {
  servers = await startTestServers({ nats: false });
});
afterAll(() => servers?.stop());
beforeEach(async () => {
  const config = readConfig('swarm', { DATABASE_URL: await servers.createDatabase() });
  database = await openDatabase(config, logger);
  [stop, running, sent] = [new AbortController(), undefined, []];
  [takes, ready] = [() => true, () => true];
});
afterEach(async () => {
  stop.abort();
  await running?.catch(() => undefined);
  await database.destroy();
});

function start(facts: Fact[], on: DataSource = database): Reactor {
  const send = async ([message]: CommandMessage[]) => {
    await pause(0);
    if (!takes(message!)) return [{ problem: { status: 500, code: 'internal', title: 'Internal error' } }];
    sent.push(Number(message!.data['n']));
    return [{ stream: 'x', revision: 0, position: '1' }];
  };
  const store = new MemoryEventStore();
  store.read = (stream, fromRevision = 0) => eventsOf(facts, stream, fromRevision);
  const react = ({ data }: Fact) => [{ name: 'lit', command: { type: 'Lit', data } as never }];
  const reactor = new Reactor(
    { name: 'dusk', source: 'log', categories: ['lamp'], react },
    {
      ...{ database: on, store, feed: new FakeFeed(facts), form: new PresentForm(), logger },
      commands: { send, handlesItself: () => false } as unknown as Commands,
      receivers: { ready: async () => ready() },
      metrics: new Metrics('swarm'),
      clock: fasterClock(),
    },
  );
  running = reactor.run(stop.signal);
  running.catch(() => undefined);
  return reactor;
}

async function* eventsOf(facts: Fact[], stream: string, from: number): ReturnType<EventStore['read']> {
  for (const one of facts) {
    if (one.stream === stream && one.revision >= from) yield { ...one, position: BigInt(one.position) };
  }
}

const parked = async () => (await listParked(database)).parked.map(({ position }) => Number(position));
/** NaN while every connection of the pool is taken, which on a busy machine may be seconds. */
const position = () => readPosition(database, 'dusk').then(Number, () => Number.NaN);

describe('a reactor', () => {
  it('goes on when more facts than it keeps in hand end before its position is written (fault 5)', async () => {
    start(of(3_500).map((n) => fact(`lamp-${n}`, n)));
    await until(async () => (await position()) === 3_500);
    expect(sent).toHaveLength(3_500);
  });

  it('ends with its reason when its position cannot be written (fault 5)', async () => {
    const broken = Object.create(database, {
      transaction: { value: () => Promise.reject(new Error('terminating connection')) },
    }) as DataSource;
    // What is under way keeps the reactor from ending at once.
    let asked = 0;
    takes = ({ data }) => data['n'] === 1 || asked++ > 8;
    start([fact('lamp-1', 1), fact('lamp-2', 2)], broken);
    await expect(running).rejects.toThrow('terminating connection');
  });

  it('parks what fails alone with the later ones of its stream, and handles the 2,000 behind it (fault 4)', async () => {
    const others = of(2_000, 3).map((n) => fact(`lamp-${n}`, n));
    takes = ({ data }) => data['n'] !== 1;
    const reactor = start([fact('lamp-bad', 1), fact('lamp-bad', 2, 1), ...others]);
    await until(async () => (await position()) === 2_002);
    expect(await parked()).toEqual([1, 2]);
    expect(sent).toHaveLength(2_000);
    expect(reactor.standing.state).toMatchObject({
      parked: 2,
      trouble: { why: 'parked', cause: 'LampLit of lamp-bad: internal' },
    });
  });

  it('is not stopped by thousands of the same stream behind one that fails, and forgets none of them (fault 4)', async () => {
    const behind = of(3_000).map((n) => fact('lamp-bad', n, n - 1));
    let open = false;
    takes = ({ data }) => open || data['n'] !== 1;
    ready = () => false;
    start([...behind, ...of(500, 3_001).map((n) => fact(`lamp-${n}`, n))]);
    await until(() => sent.length === 500);
    open = true;
    await until(async () => (await position()) === 3_500);
    expect(sent.slice(500)).toEqual(of(3_000));
    expect(await parked()).toEqual([]);
  });

  it('waits, tells and parks nothing while the receiver’s database is away for a minute (fault 4)', async () => {
    const clock = fasterClock();
    const told = new Set<string | undefined>();
    // On a busy machine the minute may be over before anybody has tried twice.
    const away = () => clock() < 60_000 || !told.has('failing');
    // Some need nothing of the database.
    takes = ({ data }) => Number(data['n']) % 50 === 0 || !away();
    ready = () => !away();
    const reactor = start(of(2_000).map((n) => fact(`lamp-${n}`, n)));
    await until(async () => {
      told.add(reactor.standing.state.trouble?.why);
      return (await position()) === 2_000;
    });
    expect(await parked()).toEqual([]);
    expect(sent).toHaveLength(2_000);
    expect(reactor.standing.state.trouble).toBeUndefined();
  });

  it('parks nothing while everything fails, though the receiver says that it is ready (fault 4)', async () => {
    let broken = true;
    takes = () => !broken;
    const reactor = start(of(1_500).map((n) => fact(`lamp-${n}`, n)));
    await until(() => reactor.standing.state.trouble?.why === 'failing');
    expect(await parked()).toEqual([]);
    broken = false;
    await until(async () => (await position()) === 1_500);
    expect(sent).toHaveLength(1_500);
  });
});
