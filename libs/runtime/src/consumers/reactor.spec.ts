import { ids, type CommandAnswer, type CommandMessage, type Problem } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { factAt, turns, until, type GivenFeed } from './testing/given-facts.js';
import type { MemoryTables } from './testing/memory-tables.js';
import { accepted, lit, NAME, problem, ReactorBench, refused } from './testing/reactor-bench.js';

let bench: ReactorBench;
let tables: MemoryTables;
let feed: GivenFeed;
let sent: CommandMessage[];
let asked: (string | undefined)[];

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  bench = new ReactorBench();
  ({ tables, feed, sent, asked } = bench);
});
afterEach(async () => {
  bench.stop();
  jest.useRealTimers();
  await bench.running.catch(() => undefined);
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('what a reaction sends', () => {
  it('has an id that derives from the fact, which it names as its cause', async () => {
    bench.react = (fact) => [
      lit(fact),
      lit(fact),
      { name: 'told', command: { type: 'AddCards', data: {}, onBehalfOf: 'user:one' } as never },
    ];
    const fact = factAt(1);
    feed.give(fact);
    bench.start();
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
    bench.react = (fact) => [{ ...lit(fact), ifRefused }];
    bench.answer = () => refused(409, 'closed');
    feed.give(fact);
    bench.start();
    await until(() => sent.length === 3);
    expect(told).toEqual([problem(409, 'closed')]);
    expect(sent.slice(1).map(({ id }) => id)).toEqual([0, 1].map((n) => ids.reactionCommand(fact.id, 'lit/0/refused', n)));
    await pass(1_250);
    expect(bench.position).toBe('1');
  });

  it.each([
    ['is not final', 500, 'internal', 'kanban'],
    ['is not permitted by NATS, which somebody has to mend', 403, 'not_permitted', undefined],
  ])('comes again under the same id where the refusal %s', async (_, status, code, receiver) => {
    let answers = 0;
    bench.answer = () => (answers++ === 0 ? refused(status, code) : accepted);
    feed.give(factAt(1));
    bench.start();
    await until(() => asked.length === 1);
    expect(asked).toEqual([receiver]);
    await pass(100);
    expect(sent).toHaveLength(2);
    expect(sent[1]!.id).toBe(sent[0]!.id);
  });

  it('asks itself whether it is ready where it decides the command itself', async () => {
    bench.ownCommands = ['MoveCards'];
    bench.answer = () => refused(503, 'busy');
    feed.give(factAt(1));
    bench.start();
    await until(() => asked.length === 1);
    expect(asked).toEqual([undefined]);
  });
});

describe('the position of reactions', () => {
  it('is that up to which everything is finished, whatever went on behind it', async () => {
    let go = () => undefined as void;
    const held = new Promise<CommandAnswer>((resolve) => (go = () => resolve(accepted)));
    bench.answer = ({ data }) => (data['n'] === 2 ? held : accepted);
    feed.give(factAt(1), factAt(2), factAt(3), factAt(4));
    bench.start();
    await until(() => sent.length === 4);
    await pass(1_250);
    expect(bench.position).toBe('1');
    go();
    await turns();
    await pass(1_250);
    expect(bench.position).toBe('4');
    expect(bench.reactor.standing.position).toBe(4n);
  });

  it('goes over what is none of theirs', async () => {
    feed.giveUpTo(9);
    bench.start();
    await turns();
    await pass(250);
    expect(bench.position).toBe('9');
  });

  it('is where the next run begins, and what was written is not handled again', async () => {
    tables.rows.positions.set(NAME, '2');
    feed.give(factAt(1), factAt(2), factAt(3));
    bench.start();
    await until(() => sent.length === 1);
    expect(bench.numbers).toEqual([3]);
    expect(feed.followed).toEqual([2n]);
    expect(bench.reactor.standing.position).toBe(2n);
  });

  it('is written with the memory or not at all', async () => {
    bench.react = (_, memory) => {
      memory.set('seen', 1);
      return [];
    };
    tables.failOnce('INSERT INTO consumer');
    feed.give(factAt(1));
    bench.start();
    await turns();
    await pass(1_250);
    await expect(bench.running).rejects.toThrow('could not be written');
    expect(tables.rows.memory.size).toBe(0);
    expect(bench.position).toBeUndefined();

    // What a crash makes happen again finds the memory before it.
    bench.start();
    await turns();
    await pass(1_250);
    expect([...tables.rows.memory]).toEqual([['dusk seen', 1]]);
    expect(bench.position).toBe('1');
  });

  it('is written when the work ends, once what was under way has ended', async () => {
    let go = () => undefined as void;
    bench.answer = () => new Promise((resolve) => (go = () => resolve(accepted)));
    bench.react = (fact, memory) => {
      memory.set('last', fact.position);
      return [lit(fact)];
    };
    feed.give(factAt(1, 'lamp-a'), factAt(2, 'lamp-a'));
    bench.start();
    await until(() => sent.length === 1);
    go();
    await until(() => sent.length === 2);
    bench.stop();
    go();
    await bench.running;
    // The second was given up: nobody knows whether it was taken.
    expect(bench.position).toBe('1');
    expect([...tables.rows.memory.values()]).toEqual(['1']);
  });

  it('is not written for good before what is under way has ended', async () => {
    let go = () => undefined as void;
    bench.react = (_, memory) =>
      new Promise((resolve) => {
        go = () => {
          memory.set('done', true);
          resolve([]);
        };
      });
    feed.give(factAt(1));
    bench.start();
    await turns();
    bench.stop();
    let ended = false;
    void bench.running.then(() => (ended = true));
    await turns();
    expect(ended).toBe(false);
    go();
    await bench.running;
    expect([bench.position, ...tables.rows.memory.values()]).toEqual(['1', true]);
  });

  it('is not written again while nothing moves', async () => {
    feed.give(factAt(1));
    bench.start();
    await turns();
    await pass(10_000);
    expect(tables.taken.filter((words) => words.startsWith('INSERT INTO consumer'))).toHaveLength(1);
  });
});

describe('facts of one stream', () => {
  it('are handled one after another, streams side by side', async () => {
    const waiting: (() => void)[] = [];
    bench.answer = () => new Promise((resolve) => waiting.push(() => resolve(accepted)));
    feed.give(factAt(1, 'lamp-a'), factAt(2, 'lamp-a'), factAt(3, 'lamp-b'));
    bench.start();
    await until(() => sent.length === 2);
    await turns();
    expect(bench.numbers).toEqual([1, 3]);
    waiting[0]!();
    await until(() => sent.length === 3);
    expect(bench.numbers).toEqual([1, 3, 2]);
    for (const go of waiting) go();
  });
});

describe('memory', () => {
  it('is read as it was left by the fact before, and holds copies', async () => {
    const seen: unknown[] = [];
    const kept = { n: 0 };
    bench.react = async (fact, memory) => {
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
    bench.start();
    await until(() => seen.length === 8);
    expect(seen).toEqual([undefined, { n: 1 }, { n: 1 }, { n: 2 }, { n: 2 }, undefined, undefined, { n: 4 }]);
    await pass(1_250);
    expect([...tables.rows.memory.values()]).toEqual([{ n: 4 }]);
  });

  it('of a fact that fails is as if it had not been looked at', async () => {
    let fails = true;
    bench.react = async (fact, memory) => {
      memory.set('count', ((await memory.get<number>('count')) ?? 0) + 1);
      return [lit(fact)];
    };
    bench.answer = () => (fails ? refused(500, 'internal') : accepted);
    feed.give(factAt(1));
    bench.start();
    await until(() => asked.length === 1);
    fails = false;
    await pass(1_250);
    expect([...tables.rows.memory.values()]).toEqual([1]);
  });

  it('of deleted keys is deleted in the table', async () => {
    tables.rows.memory.set('dusk old', 5);
    bench.react = (_, memory) => {
      memory.delete('old');
      return [];
    };
    feed.give(factAt(1));
    bench.start();
    await turns();
    await pass(250);
    expect(tables.rows.memory.size).toBe(0);
  });

  it('is read from the table anew by the next run', async () => {
    const seen: unknown[] = [];
    bench.react = async (_, memory) => {
      seen.push(await memory.get('one'));
      return [];
    };
    feed.give(factAt(1));
    bench.start();
    await until(() => seen.length === 1);
    bench.stop();
    await bench.running;
    tables.rows.memory.set('dusk one', 'of another replica');
    feed.give(factAt(2));
    bench.run();
    await until(() => seen.length === 2);
    expect(seen).toEqual([undefined, 'of another replica']);
  });
});
