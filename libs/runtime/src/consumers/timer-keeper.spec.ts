import { ids, type CommandAnswer, type CommandMessage, type Fact, type Problem } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Commands } from '../commands/commands.js';
import { PresentForm } from '../event-store/present-form.js';
import type { Logger } from '../logger.js';
import { Metrics } from '../metrics.js';
import type { TimerOp } from '../service-definition.js';
import { factAt, GivenFeed, turns, until } from './testing/given-facts.js';
import { MemoryTables } from './testing/memory-tables.js';
import { TimerKeeper } from './timer-keeper.js';

const NAME = 'alarms';
const HOUR_MS = 3_600_000;
const START = Date.parse('2026-11-22T10:00:00.000Z');
const accepted = { id: '', stream: 'x-1', revision: 0, position: '1' } as CommandAnswer;
const refused = (status: number, code: string, more = {}): CommandAnswer => ({
  id: '',
  problem: { type: '', title: code, status, code, ...more } as Problem,
});
const failing = refused(500, 'internal', { detail: 'it broke' });

let tables: MemoryTables;
/** By how much the database's clock is ahead of one that nobody sets. */
let setBy: number;
let feed: GivenFeed;
let stop: AbortController;
let running: Promise<void>;
let keeper: TimerKeeper;
let sent: CommandMessage[];
let rung: unknown[];
let answer: (message: CommandMessage) => CommandAnswer;
let on: (fact: Fact) => TimerOp[];
let refuse: ((fact: Fact, why: string) => unknown) | undefined;
let ready: boolean;
let known: number[];
let sampled: number;

const ring = (key: string, dueAt: number, more = {}): TimerOp => ({
  set: { kind: 'ring', key, dueAt: new Date(dueAt).toISOString(), command: { type: 'Ring', data: { key } } as never, ...more },
});

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'], now: START });
  setBy = 0;
  tables = new MemoryTables(() => Date.now() + setBy);
  [feed, sent, rung, known, sampled, ready, refuse] = [new GivenFeed(), [], [], [], 0, true, undefined];
  answer = () => accepted;
  on = ({ data }) => (data['ops'] as TimerOp[] | undefined) ?? [];
});
afterEach(async () => {
  stop.abort();
  jest.useRealTimers();
  await running.catch(() => undefined);
});

function start(): void {
  stop = new AbortController();
  const send = async (messages: CommandMessage[]) => {
    sent.push(...messages);
    rung.push(...messages.map(({ data }) => data['key']));
    return messages.map((message) => answer(message));
  };
  keeper = new TimerKeeper(
    { name: NAME, categories: ['alarm'], on: (fact) => on(fact), ...(refuse && { refuse: refuse as never }) },
    {
      ...{ database: tables.database, feed, form: new PresentForm(), metrics: new Metrics('swarm') },
      commands: { send } as unknown as Commands,
      logger: {
        info: () => undefined,
        warn: () => undefined,
        error: () => undefined,
        debug: () => undefined,
      } as unknown as Logger,
      receivers: { ready: async () => ready },
      databaseClock: {
        isAtLeast: (ms: number) => void known.push(ms),
        nowMs: () => Date.now() + setBy,
        sample: async () => void sampled++,
      },
      clock: () => Date.now(),
      monotonic: () => Date.now(),
    },
    // It looks by itself once in an hour: what happens sooner happens because it is due.
    HOUR_MS,
  );
  running = keeper.run(stop.signal);
  running.catch(() => undefined);
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const setting = (position: number, ...ops: TimerOp[]) => factAt(position, `alarm-${position}`, { data: { ops } });
const keys = () => tables.rows.timers.map(({ key }) => key);
const position = () => tables.rows.positions.get(NAME);
/** Set, and written. */
async function given(...ops: TimerOp[]): Promise<Fact> {
  const fact = setting(1, ...ops);
  feed.give(fact);
  start();
  await until(() => position() === '1');
  await turns();
  return fact;
}

describe('a timer', () => {
  it('fires when it is due by the database’s clock, not a moment before, and once', async () => {
    await given(ring('a', START + 60_000));
    await pass(59_999);
    expect(rung).toEqual([]);
    await pass(1);
    expect(rung).toEqual(['a']);
    expect(keys()).toEqual([]);
    await pass(HOUR_MS * 2);
    expect(rung).toEqual(['a']);
    expect(known[0]).toBe(START + 60_000);
  });

  it('sends its command under an id that derives from the fact that set it', async () => {
    const fact = await given(ring('a', START));
    await pass(400);
    expect(sent).toEqual([
      {
        ...{ id: ids.timerCommand(fact.id, 'ring'), type: 'Ring', data: { key: 'a' } },
        metadata: { correlationId: fact.metadata.correlationId, causationId: fact.id, depth: 4 },
      },
    ]);
    expect(tables.rows.timers).toEqual([]);
  });

  it('of a span of time counts from now where its fact lies in the future: the clock was set back', async () => {
    const recordedAt = new Date(START + HOUR_MS).toISOString();
    const fact = setting(1, ring('span', START + HOUR_MS + 1_000, { elapses: true }), ring('hour', START + HOUR_MS + 1_000));
    feed.give({ ...fact, metadata: { ...fact.metadata, recordedAt } });
    start();
    await until(() => position() === '1');
    await pass(1_400);
    expect(rung).toEqual(['span']);
    expect(keys()).toEqual(['hour']);
  });

  it('that is cancelled does not fire, and one set anew fires at its new time', async () => {
    await given(ring('a', START + 1_000), ring('b', START + 1_000), ring('c', START + 1_000));
    feed.give(setting(2, { cancel: { kind: 'ring', key: 'a' } }, ring('b', START + 5_000)));
    await until(() => position() === '2');
    await pass(4_999);
    expect(rung).toEqual(['c']);
    await pass(201);
    expect(rung).toEqual(['c', 'b']);
  });

  it('set while a later one is waited for fires in its turn', async () => {
    await given(ring('late', START + HOUR_MS));
    feed.give(setting(2, ring('soon', START + 3_000)));
    await until(() => position() === '2');
    await pass(3_400);
    expect(rung).toEqual(['soon']);
  });

  it('goes oldest first, a hundred on their way together', async () => {
    const many = Array.from({ length: 250 }, (_, n) => ring(String(n), START - 1_000 - n));
    await given(...many);
    await pass(200);
    expect(rung).toEqual(many.map((_, n) => String(249 - n)));
    expect(keys()).toEqual([]);
  });

  it('that was overtaken is gone: its command is refused for good', async () => {
    answer = () => refused(409, 'closed');
    await given(ring('a', START));
    await pass(1_000);
    expect(rung).toEqual(['a']);
    expect(keys()).toEqual([]);
  });

  it('that comes too early by the clock of who decides waits until when that one says', async () => {
    answer = () => (sent.length === 1 ? refused(409, 'not_due', { retryAt: new Date(START + 9_000).toISOString() }) : accepted);
    await given(ring('a', START));
    await pass(8_999);
    expect(rung).toEqual(['a']);
    await pass(201);
    expect(rung).toEqual(['a', 'a']);
  });

  it('whose command is not offered yet waits for the upgrade to be finished', async () => {
    answer = () => (sent.length <= 2 ? refused(409, 'not_offered', { level: 2 }) : accepted);
    await given(ring('a', START));
    await pass(1_000);
    expect([rung, keys()]).toEqual([['a'], ['a']]);
    await pass(60_000);
    expect([rung, keys()]).toEqual([['a', 'a'], ['a']]);
    await pass(61_000);
    expect([rung, keys()]).toEqual([['a', 'a', 'a'], []]);
  });

  it('set anew while its command was on its way is not removed with the old one', async () => {
    await given(ring('a', START + 1_000));
    answer = () => {
      tables.rows.timers[0]!.dueAt = START + 5_000;
      return accepted;
    };
    await pass(1_200);
    expect(rung).toEqual(['a']);
    expect(keys()).toEqual(['a']);
  });
});

describe('the table of timers', () => {
  it('has the timers of a batch with its position or not at all', async () => {
    tables.failOnce('INSERT INTO consumer', Object.assign(new Error('terminating connection'), { code: '57P01' }));
    feed.give(setting(1, ring('a', START + HOUR_MS)));
    start();
    await expect(running).rejects.toThrow('terminating connection');
    expect(keys()).toEqual([]);
    start();
    await until(() => position() === '1');
    expect(keys()).toEqual(['a']);
  });

  it('is kept from where it was written on', async () => {
    tables.rows.positions.set(NAME, '1');
    feed.give(setting(1, ring('old', START + HOUR_MS)));
    feed.give(setting(2, ring('new', START + HOUR_MS)));
    start();
    await until(() => position() === '2');
    expect(keys()).toEqual(['new']);
    expect(feed.followed).toEqual([1n]);
  });

  it('has its position written once a second where no timer changes, though it has got further', async () => {
    await given(ring('a', START + HOUR_MS));
    feed.giveUpTo(5);
    await until(() => keeper.standing.position === 5n);
    await pass(999);
    feed.giveUpTo(6);
    await until(() => keeper.standing.position === 6n);
    expect(position()).toBe('1');
    await pass(1);
    feed.giveUpTo(7);
    await until(() => position() === '7');
  });
});

describe('the database’s clock, when it is set', () => {
  it('changes no span of time, while times of day stay where they are', async () => {
    await given(ring('span', START + 60_000, { elapses: true }), ring('day', START + HOUR_MS + 30_000));
    await pass(10_000);
    setBy = HOUR_MS;
    keeper['firing'].wake();
    await pass(400);
    expect(rung).toEqual([]);
    expect(sampled).toBe(1);
    expect(tables.rows.timers.map(({ key, dueAt }) => [key, dueAt - START])).toEqual([
      ['span', HOUR_MS + 60_000],
      ['day', HOUR_MS + 30_000],
    ]);
    await pass(20_000);
    expect(rung).toEqual(['day']);
    await pass(30_000);
    expect(rung).toEqual(['day', 'span']);
  });
});

describe('a timer whose command fails', () => {
  /** Other timers fire all the while. */
  async function passWithOthers(ms: number): Promise<void> {
    for (let left = ms, n = Number(position()) + 1; left > 0; left -= 1_000, n++) {
      feed.give(setting(n, ring(`other-${n}`, Date.now())));
      await turns(5);
      await pass(1_000);
    }
  }
  const fails =
    (...bad: string[]) =>
    (message: CommandMessage) =>
      bad.includes(String(message.data['key'])) ? failing : accepted;
  const tries = () => rung.filter((key) => key === 'bad').length;

  it('is tried again less and less often, and is parked when it fails alone', async () => {
    answer = fails('bad');
    await given(ring('bad', START));
    await passWithOthers(3_000);
    const early = tries();
    expect(early).toBeGreaterThan(2);
    expect(early).toBeLessThan(6);
    expect(keys()).toContain('bad');
    await passWithOthers(15_000);
    expect(keys()).not.toContain('bad');
    expect(tables.rows.parked).toMatchObject([
      {
        consumer: NAME,
        position: 1,
        stream: 'alarm-1',
        held: false,
        cause: 'Ring of timer ring bad: it broke',
        fact: { data: { timers: [{ key: 'bad' }] } },
      },
    ]);
    expect(keeper.standing.state).toMatchObject({ parked: 1, trouble: { why: 'parked' } });
  });

  it('is parked with the other of its fact, and both are due again when asked for', async () => {
    answer = fails('bad', 'worse');
    const fact = await given(ring('bad', START), ring('worse', START));
    await passWithOthers(18_000);
    expect(tables.rows.parked).toHaveLength(1);
    const timers = tables.rows.parked[0]!.fact.data!.timers as { key: string }[];
    expect(timers.map(({ key }) => key).sort()).toEqual(['bad', 'worse']);
    answer = () => accepted;
    const before = rung.length;
    expect(await keeper.retryParked()).toBe(1);
    await pass(400);
    expect(rung.slice(before).sort()).toEqual(['bad', 'worse']);
    expect(sent.at(-1)!.metadata!.causationId).toBe(fact.id);
    expect(tables.rows.parked).toEqual([]);
    expect(keeper.standing.state.parked).toBe(0);
  });

  it('is told after ten seconds and not parked while its receiver is not ready', async () => {
    ready = false;
    answer = fails('bad');
    await given(ring('bad', START));
    await passWithOthers(9_000);
    expect(keeper.standing.state.trouble).toBeUndefined();
    await passWithOthers(9_000);
    expect(keys()).toContain('bad');
    expect(tables.rows.parked).toEqual([]);
    expect(keeper.standing.state.trouble).toMatchObject({ why: 'failing', cause: 'Ring of timer ring bad: it broke' });
    answer = () => accepted;
    await passWithOthers(6_000);
    expect(keeper.standing.state.trouble).toBeUndefined();
    expect(keys()).toEqual([]);
  });

  it('is nobody’s trouble once it is cancelled', async () => {
    ready = false;
    answer = fails('bad');
    await given(ring('bad', START));
    await passWithOthers(15_000);
    expect(keeper.standing.state.trouble).toMatchObject({ why: 'failing' });
    feed.give(setting(Number(position()) + 1, { cancel: { kind: 'ring', key: 'bad' } }));
    await turns();
    await pass(6_000);
    expect(keeper.standing.state.trouble).toBeUndefined();
  });

  it('keeps none of the others back, though a hundred fail', async () => {
    const bad = Array.from({ length: 120 }, (_, n) => `bad-${n}`);
    answer = fails(...bad);
    ready = false;
    await given(...bad.map((key, n) => ring(key, START - 1_000 - n)));
    await pass(1_000);
    feed.give(setting(2, ring('good', START)));
    await turns();
    await pass(600);
    expect(rung).toContain('good');
  });
});

describe('a fact whose timers cannot be set', () => {
  const broken = (fact: Fact): TimerOp[] => {
    if (fact.data['broken']) throw new Error(fact.data['broken'] as string);
    return (fact.data['ops'] as TimerOp[] | undefined) ?? [];
  };
  const facts = (why = 'cannot be read') => [
    setting(1, ring('a', START + HOUR_MS)),
    factAt(2, 'alarm-2', { data: { broken: why } }),
    setting(3, ring('c', START + HOUR_MS)),
  ];

  it('has its subject refused at once, and the others of its batch are set', async () => {
    on = broken;
    const told: string[] = [];
    refuse = (fact, why) => {
      told.push(`${(fact as Fact).position}: ${why}`);
      return { type: 'Refuse', data: { key: 'refusal' } };
    };
    // In words that a command takes, whatever the message holds and wherever it is cut.
    feed.give(...facts(`\u202e${'x'.repeat(198)}\u{1f680}\u{1f680}`));
    start();
    await until(() => position() === '3');
    await pass(400);
    expect(told).toEqual([`2: The time limit cannot be kept: ${'x'.repeat(198)}…`]);
    expect(rung).toEqual(['refusal']);
    expect(keys()).toEqual(['a', 'c']);
    expect(tables.rows.parked).toEqual([]);
  });

  it('is parked where nothing can be ended, and set once it can be read', async () => {
    on = broken;
    feed.give(...facts());
    start();
    await until(() => position() === '3');
    expect(tables.rows.parked).toMatchObject([{ position: 2, cause: 'cannot be read' }]);
    expect(keeper.standing.state).toMatchObject({
      parked: 1,
      trouble: { why: 'parked', cause: 'LampLit of alarm-2: cannot be read' },
    });
    expect(await keeper.retryParked()).toBe(0);
    expect(tables.rows.parked).toHaveLength(1);
    on = () => [ring('b', START + HOUR_MS)];
    expect(await keeper.retryParked()).toBe(1);
    expect(keys().sort()).toEqual(['a', 'b', 'c']);
    expect(keeper.standing.state).toMatchObject({ parked: 0 });
  });

  it('is none where a server is away: nothing is refused or parked for that', async () => {
    refuse = () => ({ type: 'Refuse', data: { key: 'refusal' } });
    tables.failOnce('INSERT INTO timer', Object.assign(new Error('terminating connection'), { code: '57P01' }));
    feed.give(...facts());
    start();
    await expect(running).rejects.toThrow('terminating connection');
    expect(tables.rows.parked).toEqual([]);
    expect(keys()).toEqual([]);
    expect(position()).toBeUndefined();
  });
});
