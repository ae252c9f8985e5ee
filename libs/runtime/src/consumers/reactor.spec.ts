import { ids, type CommandAnswer, type CommandMessage, type Fact, type Problem } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Commands } from '../commands/commands.js';
import { MemoryEventStore } from '../event-store/memory-event-store.js';
import { PresentForm } from '../event-store/present-form.js';
import type { Logger } from '../logger.js';
import { Metrics } from '../metrics.js';
import type { Memory, Reaction } from '../service-definition.js';
import { Reactor } from './reactor.js';
import { factAt, GivenFeed, turns, until } from './testing/given-facts.js';
import { MemoryTables } from './testing/memory-tables.js';

const NAME = 'dusk';
const accepted = { id: '', stream: 'x-1', revision: 0, position: '1' } as CommandAnswer;
const problem = (status: number, code: string) => ({ type: '', title: code, status, code }) as Problem;
const refused = (status: number, code: string): CommandAnswer => ({ id: '', problem: problem(status, code) });

let tables: MemoryTables;
let feed: GivenFeed;
let stop: AbortController;
let running: Promise<void>;
let reactor: Reactor;
let sent: CommandMessage[];
let answer: (message: CommandMessage) => CommandAnswer | Promise<CommandAnswer>;
let react: (fact: Fact, memory: Memory) => Reaction[] | Promise<Reaction[]>;
let ready: boolean;
let asked: (string | undefined)[];
let ownCommands: string[];

const lit = (fact: Fact, data: object = fact.data): Reaction => ({
  name: 'lit',
  command: { type: 'MoveCards', data: { ...data, n: fact.data['n'] } } as never,
});

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  [tables, feed, sent, asked, ready, ownCommands] = [new MemoryTables(), new GivenFeed(), [], [], true, []];
  [answer, react] = [() => accepted, (fact) => [lit(fact)]];
});
afterEach(async () => {
  stop.abort();
  jest.useRealTimers();
  await running.catch(() => undefined);
});

function start(): Reactor {
  stop = new AbortController();
  const send = async ([message]: CommandMessage[]) => {
    sent.push(message!);
    return [await answer(message!)];
  };
  reactor = new Reactor(
    { name: NAME, source: 'log', categories: ['lamp'], react: (fact, memory) => react(fact, memory) },
    {
      ...{ database: tables.database, store: new MemoryEventStore(), feed, form: new PresentForm() },
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined } as unknown as Logger,
      commands: { send, handlesItself: (type: string) => ownCommands.includes(type) } as unknown as Commands,
      receivers: {
        ready: async (context?: string) => {
          asked.push(context);
          return ready;
        },
      },
      metrics: new Metrics('swarm'),
      clock: () => Date.now(),
    },
  );
  running = reactor.run(stop.signal);
  running.catch(() => undefined);
  return reactor;
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const numbers = () => sent.map(({ data }) => data['n']);
const position = () => tables.rows.positions.get(NAME);
const parked = () => tables.rows.parked.map((row) => row.position);
const isOf =
  (...bad: number[]) =>
  (message: CommandMessage) =>
    bad.includes(Number(message.data['n'])) ? refused(500, 'internal') : accepted;

describe('what a reaction sends', () => {
  it('has an id that derives from the fact, which it names as its cause', async () => {
    react = (fact) => [
      lit(fact),
      lit(fact),
      { name: 'told', command: { type: 'AddCards', data: {}, onBehalfOf: 'user:one' } as never },
    ];
    const fact = factAt(1);
    feed.give(fact);
    start();
    await until(() => sent.length === 3);
    expect(sent.map(({ id }) => id)).toEqual([
      ids.reactionCommand(fact.id, 'lit', 0),
      ids.reactionCommand(fact.id, 'lit', 1),
      ids.reactionCommand(fact.id, 'told', 0),
    ]);
    const { correlationId } = fact.metadata;
    expect(sent[0]!.metadata).toMatchObject({ correlationId, causationId: fact.id, depth: 4 });
    expect(sent[0]!.metadata).not.toHaveProperty('onBehalfOf');
    expect(sent[2]!.metadata).toMatchObject({ causationId: fact.id, onBehalfOf: 'user:one' });
  });

  it('has substitutes where it is finally refused, under ids of their own; refused, too, they are let be', async () => {
    const fact = factAt(1);
    const told: Problem[] = [];
    const ifRefused = (why: Problem) => {
      told.push(why);
      return [{ type: 'AddCards', data: { n: 2 } } as never, { type: 'AddCards', data: { n: 3 } } as never];
    };
    react = (fact) => [{ ...lit(fact), ifRefused }];
    answer = () => refused(409, 'closed');
    feed.give(fact);
    start();
    await until(() => sent.length === 3);
    expect(told).toEqual([problem(409, 'closed')]);
    expect(sent.slice(1).map(({ id }) => id)).toEqual([0, 1].map((n) => ids.reactionCommand(fact.id, 'lit/0/refused', n)));
    await pass(1_250);
    expect(position()).toBe('1');
  });

  it.each([
    ['is not final', 500, 'internal', 'kanban'],
    ['is not permitted by NATS, which somebody has to mend', 403, 'not_permitted', undefined],
  ])('comes again under the same id where the refusal %s', async (_, status, code, receiver) => {
    let answers = 0;
    answer = () => (answers++ === 0 ? refused(status, code) : accepted);
    feed.give(factAt(1));
    start();
    await until(() => asked.length === 1);
    expect(asked).toEqual([receiver]);
    await pass(100);
    expect(sent).toHaveLength(2);
    expect(sent[1]!.id).toBe(sent[0]!.id);
  });

  it('asks itself whether it is ready where it decides the command itself', async () => {
    ownCommands = ['MoveCards'];
    answer = () => refused(503, 'busy');
    feed.give(factAt(1));
    start();
    await until(() => asked.length === 1);
    expect(asked).toEqual([undefined]);
  });
});

describe('the position of reactions', () => {
  it('is that up to which everything is finished, whatever went on behind it', async () => {
    let go = () => undefined as void;
    const held = new Promise<CommandAnswer>((resolve) => (go = () => resolve(accepted)));
    answer = ({ data }) => (data['n'] === 2 ? held : accepted);
    feed.give(factAt(1), factAt(2), factAt(3), factAt(4));
    start();
    await until(() => sent.length === 4);
    await pass(1_250);
    expect(position()).toBe('1');
    go();
    await turns();
    await pass(1_250);
    expect(position()).toBe('4');
    expect(reactor.standing.position).toBe(4n);
  });

  it('goes over what is none of theirs', async () => {
    feed.giveUpTo(9);
    start();
    await turns();
    await pass(250);
    expect(position()).toBe('9');
  });

  it('is where the next run begins, and what was written is not handled again', async () => {
    tables.rows.positions.set(NAME, '2');
    feed.give(factAt(1), factAt(2), factAt(3));
    start();
    await until(() => sent.length === 1);
    expect(numbers()).toEqual([3]);
    expect(feed.followed).toEqual([2n]);
    expect(reactor.standing.position).toBe(2n);
  });

  it('is written with the memory or not at all', async () => {
    react = (_, memory) => {
      memory.set('seen', 1);
      return [];
    };
    tables.failOnce('INSERT INTO consumer');
    feed.give(factAt(1));
    start();
    await turns();
    await pass(1_250);
    await expect(running).rejects.toThrow('could not be written');
    expect(tables.rows.memory.size).toBe(0);
    expect(position()).toBeUndefined();

    // What a crash makes happen again finds the memory before it.
    start();
    await turns();
    await pass(1_250);
    expect([...tables.rows.memory]).toEqual([['dusk seen', 1]]);
    expect(position()).toBe('1');
  });

  it('is written when the work ends, once what was under way has ended', async () => {
    let go = () => undefined as void;
    answer = () => new Promise((resolve) => (go = () => resolve(accepted)));
    react = (fact, memory) => {
      memory.set('last', fact.position);
      return [lit(fact)];
    };
    feed.give(factAt(1, 'lamp-a'), factAt(2, 'lamp-a'));
    start();
    await until(() => sent.length === 1);
    go();
    await until(() => sent.length === 2);
    stop.abort();
    go();
    await running;
    // The second was given up: nobody knows whether it was taken.
    expect(position()).toBe('1');
    expect([...tables.rows.memory.values()]).toEqual(['1']);
  });

  it('is not written for good before what is under way has ended', async () => {
    let go = () => undefined as void;
    react = (_, memory) =>
      new Promise((resolve) => {
        go = () => {
          memory.set('done', true);
          resolve([]);
        };
      });
    feed.give(factAt(1));
    start();
    await turns();
    stop.abort();
    let ended = false;
    void running.then(() => (ended = true));
    await turns();
    expect(ended).toBe(false);
    go();
    await running;
    expect([position(), ...tables.rows.memory.values()]).toEqual(['1', true]);
  });

  it('is not written again while nothing moves', async () => {
    feed.give(factAt(1));
    start();
    await turns();
    await pass(10_000);
    expect(tables.taken.filter((words) => words.startsWith('INSERT INTO consumer'))).toHaveLength(1);
  });
});

describe('facts of one stream', () => {
  it('are handled one after another, streams side by side', async () => {
    const waiting: (() => void)[] = [];
    answer = () => new Promise((resolve) => waiting.push(() => resolve(accepted)));
    feed.give(factAt(1, 'lamp-a'), factAt(2, 'lamp-a'), factAt(3, 'lamp-b'));
    start();
    await until(() => sent.length === 2);
    await turns();
    expect(numbers()).toEqual([1, 3]);
    waiting[0]!();
    await until(() => sent.length === 3);
    expect(numbers()).toEqual([1, 3, 2]);
    for (const go of waiting) go();
  });
});

describe('memory', () => {
  it('is read as it was left by the fact before, and holds copies', async () => {
    const seen: unknown[] = [];
    const kept = { n: 0 };
    react = async (fact, memory) => {
      const before = await memory.get<{ n: number }>('one');
      seen.push(structuredClone(before));
      if (before) before.n = 99;
      if (fact.position === '3') memory.delete('one');
      else memory.set('one', Object.assign(kept, { n: Number(fact.position) }));
      seen.push(structuredClone(await memory.get('one')));
      kept.n = 77;
      return [];
    };
    feed.give(...[1, 2, 3, 4].map((n) => factAt(n, 'lamp-a')));
    start();
    await until(() => seen.length === 8);
    expect(seen).toEqual([undefined, { n: 1 }, { n: 1 }, { n: 2 }, { n: 2 }, undefined, undefined, { n: 4 }]);
    await pass(1_250);
    expect([...tables.rows.memory.values()]).toEqual([{ n: 4 }]);
  });

  it('of a fact that fails is as if it had not been looked at', async () => {
    let fails = true;
    react = async (fact, memory) => {
      memory.set('count', ((await memory.get<number>('count')) ?? 0) + 1);
      return [lit(fact)];
    };
    answer = () => (fails ? refused(500, 'internal') : accepted);
    feed.give(factAt(1));
    start();
    await until(() => asked.length === 1);
    fails = false;
    await pass(1_250);
    expect([...tables.rows.memory.values()]).toEqual([1]);
  });

  it('of deleted keys is deleted in the table', async () => {
    tables.rows.memory.set('dusk old', 5);
    react = (_, memory) => {
      memory.delete('old');
      return [];
    };
    feed.give(factAt(1));
    start();
    await turns();
    await pass(250);
    expect(tables.rows.memory.size).toBe(0);
  });

  it('is read from the table anew by the next run', async () => {
    const seen: unknown[] = [];
    react = async (_, memory) => {
      seen.push(await memory.get('one'));
      return [];
    };
    feed.give(factAt(1));
    start();
    await until(() => seen.length === 1);
    stop.abort();
    await running;
    tables.rows.memory.set('dusk one', 'of another replica');
    feed.give(factAt(2));
    stop = new AbortController();
    running = reactor.run(stop.signal);
    await until(() => seen.length === 2);
    expect(seen).toEqual([undefined, 'of another replica']);
  });
});

describe('a fact that fails alone', () => {
  const bad = () => [factAt(1, 'lamp-bad'), factAt(2, 'lamp-bad', { revision: 1 }), factAt(3, 'lamp-bad', { revision: 2 })];
  /** Others are handled all the while. */
  async function passWithOthers(ms: number): Promise<void> {
    for (let left = ms, n = 100; left > 0; left -= 1_000, n++) {
      feed.give(factAt(n));
      await turns(5);
      await pass(1_000);
    }
  }

  it('is parked with the later ones of its stream, in their order, and the others go on', async () => {
    answer = isOf(1);
    feed.give(...bad(), factAt(4));
    start();
    await passWithOthers(14_000);
    expect(parked()).toEqual([1, 2, 3]);
    expect(tables.rows.parked.map(({ cause }) => cause)).toEqual([
      'internal',
      'an earlier fact of this stream is parked',
      'an earlier fact of this stream is parked',
    ]);
    expect(numbers()).toContain(4);
    expect(numbers()).not.toContain(2);
    expect(reactor.standing.state).toMatchObject({
      parked: 3,
      trouble: { why: 'parked', cause: 'LampLit of lamp-bad: internal' },
    });
  });

  it('is told after ten seconds and not parked while its receiver is not ready', async () => {
    answer = isOf(1);
    ready = false;
    feed.give(...bad());
    start();
    await passWithOthers(9_000);
    expect(reactor.standing.state.trouble).toBeUndefined();
    await passWithOthers(6_000);
    expect(parked()).toEqual([]);
    expect(reactor.standing.state.trouble).toMatchObject({ why: 'failing', cause: 'LampLit of lamp-bad: internal' });
    answer = () => accepted;
    await passWithOthers(3_000);
    expect(
      numbers()
        .filter((n) => Number(n) < 4)
        .slice(-3),
    ).toEqual([1, 2, 3]);
    expect(reactor.standing.state.trouble).toBeUndefined();
  });

  it('is tried again where it could not be parked', async () => {
    answer = isOf(1);
    feed.give(factAt(1, 'lamp-bad'));
    start();
    tables.failOnce('INSERT INTO parked');
    await passWithOthers(18_000);
    expect(parked()).toEqual([1]);
    expect(reactor.standing.state.parked).toBe(1);
  });

  it('keeps later ones behind it only as long as it is in the table: another replica may have handled it', async () => {
    tables.rows.parked.push({
      consumer: NAME,
      epoch: '',
      position: 1,
      stream: 'lamp-bad',
      fact: factAt(1),
      cause: 'internal',
      held: false,
    });
    tables.rows.positions.set(NAME, '1');
    feed.give(factAt(2, 'lamp-bad'));
    start();
    await until(() => parked().length === 2);
    expect(sent).toEqual([]);
    expect(reactor.standing.parked).toBe(2);
    tables.rows.parked = [];
    feed.give(factAt(3, 'lamp-bad'));
    await until(() => sent.length === 1);
    expect(numbers()).toEqual([3]);
    expect(reactor.standing.parked).toBe(0);
  });

  it('is handled when it is asked for again, each stream in its order, up to one that fails again', async () => {
    for (const [n, stream] of [
      [1, 'lamp-a'],
      [2, 'lamp-b'],
      [3, 'lamp-b'],
      [4, 'lamp-a'],
    ] as const) {
      tables.rows.parked.push({
        consumer: NAME,
        epoch: '',
        position: n,
        stream,
        fact: factAt(n, stream),
        cause: 'internal',
        held: false,
      });
    }
    start();
    await turns();
    answer = isOf(2);
    expect(await reactor.retryParked()).toBe(2);
    expect(numbers()).toEqual([1, 2, 4]);
    expect(parked()).toEqual([2, 3]);
    expect(reactor.standing.parked).toBe(2);
    // What went through keeps nothing back any more.
    feed.give(factAt(5, 'lamp-a'), factAt(6, 'lamp-b'));
    await until(() => parked().length === 3);
    expect(numbers()).toEqual([1, 2, 4, 5]);
    answer = () => accepted;
    expect(await reactor.retryParked()).toBe(3);
    expect(numbers().slice(-3)).toEqual([2, 3, 6]);
  });
});
