import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newId, type CommandAnswer, type CommandMessage, type Fact } from '@agencyos/contracts';
import { startTestServers, type TestServers } from '@agencyos/supervisor/testing';
import type { DataSource } from 'typeorm';
import { TimerKeeper } from '../src/consumers/timer-keeper.js';
import {
  createLogger,
  openDatabase,
  readConfig,
  Wake,
  type Commands,
  type FactBatch,
  type Timers,
} from '../src/index.js';

const HOUR_MS = 3_600_000;
const timers: Timers = {
  name: 'alarms',
  categories: ['alarm'],
  on: ({ data: { key, dueAt } }) => [
    {
      set: { kind: 'ring', key: String(key), dueAt: String(dueAt), command: { type: 'Ring', data: { key } } },
    },
  ],
};
const logger = createLogger({ name: 'swarm', instanceId: 'test', logLevel: 'silent' });

let servers: TestServers;
let database: DataSource;
let stop: AbortController;
let running: Promise<void>;
let feed: FakeFeed;
let rung: string[];
let answer: () => CommandAnswer;

beforeAll(async () => {
  servers = await startTestServers({ nats: false });
}, 60_000);
afterAll(() => servers?.stop(), 30_000);

beforeEach(async () => {
  const config = readConfig('swarm', { DATABASE_URL: await servers.createDatabase() });
  database = await openDatabase(config, logger);
  [stop, feed, rung] = [new AbortController(), new FakeFeed(), []];
  answer = () => ({ stream: 'alarm-1', revision: 0, position: '1' }) as unknown as CommandAnswer;
  const send = async (messages: CommandMessage[]) => {
    rung.push(...messages.map(({ data }) => String(data['key'])));
    return messages.map(() => answer());
  };
  const commands = { send } as unknown as Commands;
  // It looks by itself only once in an hour: what happens sooner happens because it is due.
  const keeper = new TimerKeeper(timers, { database, feed, commands, logger }, HOUR_MS);
  running = keeper.run(stop.signal);
});

afterEach(async () => {
  stop.abort();
  await running;
  await database.destroy();
});

/** Facts as they are given to it. */
class FakeFeed {
  private readonly facts: Fact[] = [];
  private readonly given = new Wake();
  private position = 0n;

  give(key: string, inMs: number): void {
    const dueAt = new Date(Date.now() + inMs).toISOString();
    this.facts.push({
      id: newId(),
      data: { key, dueAt },
      metadata: { correlationId: newId(), depth: 0 },
    } as unknown as Fact);
    this.given.wake();
  }

  async *follow(
    _after: bigint,
    _categories: readonly string[],
    signal: AbortSignal,
  ): AsyncIterable<FactBatch> {
    while (!signal.aborted) {
      if (this.facts.length > 0) yield { facts: this.facts.splice(0), position: ++this.position };
      else await this.given.wait(HOUR_MS, signal);
    }
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
const left = async () => {
  const rows = (await database.query('SELECT key FROM timer ORDER BY key')) as { key: string }[];
  return rows.map(({ key }) => key);
};
/** It has been told when the next one is due, so it waits for that. */
async function asleep(): Promise<void> {
  const query = jest.spyOn(database, 'query');
  feed.give('far', HOUR_MS);
  await until(async () => {
    const asked = query.mock.calls.flatMap(([sql], n) =>
      sql.includes('min(due_at)') ? [query.mock.results[n]!.value] : [],
    );
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
    const away = { problem: { type: 'about:blank', title: 'away', status: 503, code: 'unavailable' } };
    answer = () => away as unknown as CommandAnswer;
    feed.give('now', 0);
    await until(() => rung.length >= 2);
    expect(await left()).toEqual(['far', 'now']);
    answer = () => ({ stream: 'alarm-1', revision: 0, position: '1' }) as unknown as CommandAnswer;
    await until(async () => (await left()).length === 1);
    expect(new Set(rung)).toEqual(new Set(['now']));
  });
});
