import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Background } from '../background.js';
import type { Elections } from '../elections.js';
import type { Logger } from '../logger.js';
import { Consumers } from './consumers.js';
import type { Projector } from './projector.js';
import type { Reactor } from './reactor.js';
import { Standing } from './standing.js';
import { factAt } from './testing/given-facts.js';
import { MemoryTables } from './testing/memory-tables.js';
import type { TimerKeeper } from './timer-keeper.js';

let tables: MemoryTables;
let retried: string[];
let runs: string[];
let head: bigint | undefined;
let consumers: Consumers;
let background: Background;

/** Runs until it is ended, and has so many parked facts that pass. */
const consumer = (name: string, passes: number) => {
  const standing = new Standing(name);
  const run = async (signal: AbortSignal) => {
    runs.push(name);
    standing.starts();
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  const retryParked = async () => {
    retried.push(name);
    return passes;
  };
  return { name, standing, run, retryParked, rebuildIncomplete: async () => (await retryParked()) > 0 };
};

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  [tables, retried, runs, head] = [new MemoryTables(), [], [], 0n];
  const log = {
    head: async () => {
      if (head === undefined) throw new Error('connection refused');
      return head;
    },
  };
  consumers = new Consumers(
    [consumer('boards', 1), consumer('runs', 0)] as unknown as Projector[],
    [consumer('mirror', 2), consumer('acts', 3)] as unknown as Reactor[],
    [consumer('alarms', 4)] as unknown as TimerKeeper[],
    tables.database,
    log,
  );
  background = new Background({ error: () => undefined } as unknown as Logger);
});
afterEach(async () => {
  await background.stop();
  jest.useRealTimers();
});

/** Who is elected for all but some. */
function start(...heldElsewhere: string[]): void {
  const hold = async (name: string, signal: AbortSignal, task: (held: AbortSignal) => Promise<void>) => {
    if (!heldElsewhere.includes(name)) return task(signal);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  consumers.start(background, { hold } as unknown as Elections);
}
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('what reads the log', () => {
  it('runs where its process is elected for it, and only that is told', async () => {
    start('runs', 'acts');
    await pass(0);
    expect(runs).toEqual(['boards', 'mirror', 'alarms']);
    expect(consumers.states().map(({ consumer: name }) => name)).toEqual(['boards', 'mirror', 'alarms']);
  });

  it('is told how far it is behind, looked at every five seconds', async () => {
    head = 7n;
    start();
    await pass(0);
    expect(consumers.states()[0]).toMatchObject({ consumer: 'boards', lag: 7 });
    head = 9n;
    await pass(4_999);
    expect(consumers.states()[0]).toMatchObject({ lag: 7 });
    await pass(1);
    expect(consumers.states()[0]).toMatchObject({ lag: 9 });
  });

  it('is behind nothing while the log is away', async () => {
    head = undefined;
    start();
    await pass(20_000);
    expect(consumers.inTrouble()).toEqual([]);
    head = 9n;
    await pass(5_000);
    expect(consumers.states()[0]).toMatchObject({ lag: 9 });
  });

  it('may be of others, which are watched with it', async () => {
    const publish = new Standing('publish');
    consumers.watch(publish);
    start();
    publish.starts();
    publish.fails('EVENTS', 0, 'full');
    await pass(0);
    expect(consumers.inTrouble()).toMatchObject([{ consumer: 'publish', trouble: { cause: 'full' } }]);
  });

  it('is not ours any more once it has ended', async () => {
    start();
    await pass(0);
    await background.stop();
    expect(consumers.states()).toEqual([]);
  });
});

describe('what is parked', () => {
  beforeEach(() => {
    for (const held of [false, true])
      tables.rows.parked.push({
        ...{ consumer: 'mirror', epoch: '', position: Number(held) + 1, stream: 'lamp-1', cause: 'internal', held },
        fact: factAt(1),
      });
  });

  it('is told, without what is still tried', async () => {
    expect(await consumers.parked()).toMatchObject({ total: 1, parked: [{ consumer: 'mirror', position: '1' }] });
    tables.rows.parked = [];
    expect(await consumers.parked()).toEqual({ total: 0, parked: [] });
  });

  it('is tried again by everybody, and what lacks it is built anew', async () => {
    expect(await consumers.retryParked(undefined)).toEqual({ passed: 9, left: 1, rebuilt: ['boards'] });
    expect(retried).toEqual(['mirror', 'acts', 'alarms', 'boards', 'runs']);
  });

  it('is tried again by the one that is asked', async () => {
    expect(await consumers.retryParked({ consumer: 'acts' })).toEqual({ passed: 3, left: 1, rebuilt: [] });
    expect(await consumers.retryParked({ consumer: 'boards' })).toEqual({ passed: 0, left: 1, rebuilt: ['boards'] });
    expect(retried).toEqual(['acts', 'boards']);
  });

  it('is tried by nobody where the question is another', async () => {
    await expect(consumers.retryParked({ consumer: 5 })).rejects.toMatchObject({
      code: 'invalid',
      details: { field: 'consumer' },
    });
    await expect(consumers.retryParked({ of: 'acts' })).rejects.toMatchObject({ code: 'invalid' });
    expect(retried).toEqual([]);
  });
});
