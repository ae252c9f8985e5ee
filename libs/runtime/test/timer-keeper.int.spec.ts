import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newId, type CommandAnswer, type CommandMessage, type Fact } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { listParked } from '../src/consumers/tables.js';
import { TimerKeeper } from '../src/consumers/timer-keeper.js';
import {
  createLogger,
  DatabaseClock,
  Metrics,
  openDatabase,
  pause,
  PresentForm,
  readConfig,
  type Commands,
  type FactBatch,
  type Timers,
} from '../src/index.js';
import { fasterClock } from './fake-feed.js';

const HOUR_MS = 3_600_000;
const timers: Timers = {
  name: 'alarms',
  categories: ['alarm'],
  on({ data: { key, dueAt, elapses, cancel, twice } }) {
    if (cancel !== undefined) return [{ cancel: { kind: 'ring', key: String(cancel) } }];
    if (key === 'defect') throw new Error('cannot be read');
    const keys = twice === true ? [String(key), `${String(key)}-2`] : [String(key)];
    const common = { kind: 'ring', dueAt: String(dueAt), elapses: elapses === true };
    return keys.map((one) => ({ set: { ...common, key: one, command: { type: 'Ring', data: { key: one } } as never } }));
  },
  refuse: ({ data: { key } }, why) => (key === 'orphan' ? undefined : ({ type: 'Refuse', data: { key, why } } as never)),
};
const logger = createLogger({ name: 'swarm', instanceId: 'test', logLevel: 'silent' });
/** What fails is parked once others do not. */
async function whileOthersRing(isParked: () => Promise<boolean>): Promise<void> {
  let n = 0;
  await until(
    async () => {
      const name = `good-${n++}`;
      feed.give(name, 0);
      await until(() => rung.includes(name));
      return isParked();
    },
    Boolean,
    isParked,
  );
}
/** The server's clock, as far as its hands were set. */
const CLOCK = `
  CREATE TABLE swarm.step (ms float8 NOT NULL);
  INSERT INTO swarm.step VALUES (0);
  CREATE FUNCTION swarm.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
    $$ SELECT pg_catalog.clock_timestamp() + (SELECT ms FROM swarm.step) * interval '1 ms' $$;`;

let servers: TestServers;
let database: DataSource;
let pool: pg.Pool;
let databaseClock: DatabaseClock;
let stop: AbortController;
let running: Promise<void>;
let keeper: TimerKeeper;
let feed: FakeFeed;
let rung: string[];
let sent: CommandMessage[];
let answer: (message: CommandMessage) => CommandAnswer;
const accepted = { stream: 'alarm-1', revision: 0, position: '1' } as unknown as CommandAnswer;
const refused = (status: number, code: string, more = {}) =>
  ({ problem: { type: 'about:blank', title: code, status, code, ...more } }) as unknown as CommandAnswer;

beforeAll(async () => {
  servers = await startTestServers({ nats: false });
});
afterAll(() => servers?.stop());

beforeEach(async () => {
  const url = await servers.createDatabase();
  await (await openDatabase(readConfig('swarm', { DATABASE_URL: url }), logger)).destroy();
  // Its own functions come before the server's.
  const options = '-c search_path=swarm,pg_catalog';
  pool = new pg.Pool({ connectionString: url, options });
  pool.on('error', () => undefined);
  await pool.query(CLOCK);
  database = await new DataSource({ type: 'postgres', url, extra: { options } }).initialize();
  databaseClock = await DatabaseClock.of(pool);
  [stop, feed, rung, sent] = [new AbortController(), new FakeFeed(), [], []];
  answer = () => accepted;
  const send = async (messages: CommandMessage[]) => {
    rung.push(...messages.map(({ data }) => String(data['key'])));
    sent.push(...messages);
    return messages.map((message) => answer(message));
  };
  const commands = { send } as unknown as Commands;
  const receivers = { ready: async () => true };
  const more = { form: new PresentForm(), receivers, databaseClock, metrics: new Metrics('swarm'), clock: fasterClock() };
  // It looks by itself only once in an hour: what happens sooner happens because it is due.
  keeper = new TimerKeeper(timers, { database, feed, commands, logger, ...more }, HOUR_MS);
  running = keeper.run(stop.signal);
});

afterEach(async () => {
  stop.abort();
  await running;
  databaseClock.stop();
  await database.destroy();
  await pool.end();
});

/** Facts as they are given to it. */
class FakeFeed {
  private readonly facts: Fact[] = [];

  give(key: string, inMs: number, more: { elapses?: boolean; dueAt?: string; cancel?: string; twice?: boolean } = {}): void {
    const now = databaseClock.nowMs();
    const dueAt = new Date(now + inMs).toISOString();
    this.facts.push({
      ...{ id: newId(), type: 'AlarmSet', stream: `alarm-${key}`, revision: 0, position: String(this.facts.length + 1) },
      data: { key, dueAt, ...more },
      metadata: { correlationId: newId(), depth: 0, recordedAt: new Date(now).toISOString() },
    } as unknown as Fact);
  }

  async *follow(after: bigint, _categories: readonly string[], signal: AbortSignal): AsyncIterable<FactBatch> {
    for (let given = Number(after); !signal.aborted;) {
      const facts = this.facts.slice(given);
      given += facts.length;
      if (facts.length > 0) yield { facts, position: BigInt(given) };
      else await pause(10, signal);
    }
  }
}

const left = async () => {
  const rows = (await database.query('SELECT key FROM timer ORDER BY key')) as { key: string }[];
  return rows.map(({ key }) => key);
};
const setClockBy = (ms: number) => pool.query('UPDATE step SET ms = ms + $1', [ms]);
/** It has been told when the next one is due, so it waits for that. */
async function asleep(): Promise<void> {
  const query = jest.spyOn(database, 'query');
  feed.give('far', HOUR_MS);
  await until(async () => {
    const asked = query.mock.calls.flatMap(([sql], n) => (sql.includes('min(due_at)') ? [query.mock.results[n]!.value] : []));
    const told = (await Promise.all(asked)) as { ms: number | null }[][];
    return told.some(([next]) => next?.ms != null);
  });
  query.mockRestore();
}

describe('timers', () => {
  it('fire when they are due, though a later one was waited for', async () => {
    await asleep();
    feed.give('now', 0);
    feed.give('soon', 300);
    await until(async () => rung.length >= 2 && (await left()).length === 1);
    expect(rung).toEqual(['now', 'soon']);
    expect(await left()).toEqual(['far']);
  });

  it('that nobody answers stay due', async () => {
    await asleep();
    answer = () => refused(503, 'unavailable');
    feed.give('now', 0);
    await until(() => rung.length >= 2);
    expect(await left()).toEqual(['far', 'now']);
    answer = () => accepted;
    await until(async () => (await left()).length === 1);
    expect(new Set(rung)).toEqual(new Set(['now']));
  });

  it('whose commands fail do not keep others waiting, and one that fails alone is parked and can be tried again (fault 4)', async () => {
    answer = ({ data }) => (String(data['key']).startsWith('bad') ? refused(500, 'internal') : accepted);
    for (let n = 0; n < 150; n++) feed.give(`bad-${n}`, -1_000);
    feed.give('good', 0);
    await until(() => rung.includes('good'));
    await whileOthersRing(async () => (await listParked(database)).total === 150);
    expect(keeper.standing.state).toMatchObject({ parked: 150, trouble: { why: 'parked' } });
    answer = () => accepted;
    expect(await keeper.retryParked()).toBe(150);
    await until(async () => (await left()).length === 0);
    expect(keeper.standing.state.trouble).toBeUndefined();
  });

  it('of one fact are parked together, and none of them is lost (fault 4)', async () => {
    answer = ({ data }) => (String(data['key']).startsWith('bad') ? refused(500, 'internal') : accepted);
    feed.give('bad', -1_000, { twice: true });
    await whileOthersRing(async () => !(await left()).some((key) => key.startsWith('bad')));
    expect((await listParked(database)).total).toBe(1);
    rung = [];
    answer = () => accepted;
    expect(await keeper.retryParked()).toBe(1);
    await until(() => ['bad', 'bad-2'].every((key) => rung.includes(key)));
    expect((await listParked(database)).total).toBe(0);
  });

  it('that are cancelled while they fail are nobody’s trouble any more (fault 4)', async () => {
    answer = () => refused(503, 'unavailable');
    feed.give('bad', -1_000);
    await until(() => keeper.standing.state.trouble?.why === 'failing');
    feed.give('end', 0, { cancel: 'bad' });
    await until(() => keeper.standing.state.trouble === undefined);
    expect(await left()).toEqual([]);
  });

  it('that cannot be set refuse their subject, and others are set (fault 4)', async () => {
    feed.give('never', 0, { dueAt: 'in a while' });
    feed.give('defect', 0);
    feed.give('good', 0);
    await until(async () => rung.length >= 3 && (await left()).length === 0);
    expect(sent.map(({ type, data }) => [type, data['key']])).toEqual(
      expect.arrayContaining([
        ['Refuse', 'never'],
        ['Refuse', 'defect'],
        ['Ring', 'good'],
      ]),
    );
    expect(sent.find(({ data }) => data['key'] === 'defect')!.data['why']).toContain('cannot be read');
    feed.give('orphan', 0, { dueAt: 'in a while' });
    await until(async () => (await listParked(database)).total === 1);
  });
});

describe('a clock that is set', () => {
  it('behind the database’s takes nothing from a timer: it is decided at a time when it is due (fault 20)', async () => {
    const decidedAt: number[] = [];
    answer = () => (decidedAt.push(databaseClock.nowMs()), accepted);
    feed.give('approval', HOUR_MS);
    await until(async () => (await left()).length === 1);
    await setClockBy(HOUR_MS + 500);
    feed.give('wakes it', 0);
    const due = databaseClock.nowMs();
    await until(() => rung.includes('approval'));
    expect(decidedAt.at(-1)!).toBeGreaterThanOrEqual(due);
    expect(databaseClock.nowMs()).toBeGreaterThanOrEqual(Date.now() + HOUR_MS);
  });

  it('leaves a timer set that was told “not yet” (fault 20)', async () => {
    const retryAt = new Date(Date.now() + 700).toISOString();
    answer = () => (rung.length === 1 ? refused(409, 'not_due', { retryAt }) : accepted);
    feed.give('early', 0);
    await until(async () => rung.length === 2 && (await left()).length === 0);
    expect(databaseClock.now() >= retryAt).toBe(true);
  });

  it('forward burns no span of time, only times of day pass (fault 20)', async () => {
    await asleep();
    feed.give('retry', 60_000, { elapses: true });
    feed.give('expiry', 60_000);
    await until(async () => (await left()).length === 3);
    await setClockBy(HOUR_MS);
    feed.give('wakes it', -HOUR_MS);
    await until(() => rung.includes('expiry'));
    expect(rung).not.toContain('retry');
    expect(await left()).toContain('retry');
  });

  it('backward freezes nothing: a span of time is as long as before, also of what was recorded before (fault 20)', async () => {
    await asleep();
    feed.give('retry', 700, { elapses: true });
    await until(async () => (await left()).length === 2);
    await setClockBy(-HOUR_MS);
    // The process does not know yet: this fact seems to come from the future.
    feed.give('next', 300, { elapses: true });
    await until(() => rung.includes('retry') && rung.includes('next'));
    await databaseClock.sample();
    expect(databaseClock.nowMs()).toBeLessThan(Date.now() - HOUR_MS / 2);
  });
});
