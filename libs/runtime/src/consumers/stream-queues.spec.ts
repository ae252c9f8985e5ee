import type { Fact } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Logger } from '../logger.js';
import { StreamQueues } from './stream-queues.js';
import { factAt, turns, until } from './testing/given-facts.js';

let stop: AbortController;
let queues: StreamQueues;
/** Facts under way, each until a test ends it. */
let underWay: Map<number, (finished: boolean) => void>;
let begun: number[];
let finished: number;
let log: Fact[];
let reads: { stream: string; from: number }[];
let away: boolean;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  [stop, underWay, begun, finished, log, reads, away] = [new AbortController(), new Map(), [], 0, [], [], false];
  const settle = (fact: Fact) =>
    new Promise<boolean>((resolve) => {
      const n = Number(fact.position);
      begun.push(n);
      underWay.set(n, resolve);
    });
  async function* read(stream: string, from: number) {
    reads.push({ stream, from });
    if (away) throw new Error('connection refused');
    yield* log.filter((fact) => fact.stream === stream && fact.revision >= from);
  }
  const logger = { warn: () => undefined } as unknown as Logger;
  queues = new StreamQueues(10n, { settle, read, onFinished: () => void finished++, logger }, stop.signal);
});
afterEach(() => {
  stop.abort();
  jest.useRealTimers();
});

async function end(...positions: number[]): Promise<void> {
  for (const n of positions) {
    await until(() => underWay.has(n));
    underWay.get(n)!(true);
    await turns(3);
  }
}
const row = (count: number, from = 11, stream = 'lamp-bad') =>
  Array.from({ length: count }, (_, n) => factAt(from + n, stream, { revision: n }));

describe('facts that are not finished', () => {
  it('begin one after another within their stream, and side by side with other streams', async () => {
    for (const fact of [factAt(11, 'lamp-a'), factAt(12, 'lamp-a'), factAt(13, 'lamp-b')]) await queues.take(fact);
    await turns();
    expect(begun).toEqual([11, 13]);
    await end(11);
    expect(begun).toEqual([11, 13, 12]);
    expect(finished).toBe(1);
  });

  it('keep the front before them, whatever is finished behind', async () => {
    expect(queues.front).toBe(10n);
    for (const fact of [factAt(11, 'lamp-a'), factAt(12, 'lamp-b'), factAt(14, 'lamp-a')]) await queues.take(fact);
    queues.passed(20n);
    expect(queues.front).toBe(10n);
    await end(12);
    expect(queues.front).toBe(10n);
    await end(11);
    expect(queues.front).toBe(11n);
    await end(14);
    expect(queues.front).toBe(20n);
  });

  it('are in no way finished by being given up', async () => {
    await queues.take(factAt(11, 'lamp-a'));
    await queues.take(factAt(12, 'lamp-a'));
    await turns();
    stop.abort();
    underWay.get(11)!(false);
    await queues.ended();
    expect(queues.front).toBe(10n);
    expect(begun).toEqual([11]);
    expect(finished).toBe(0);
  });

  it('are at most a thousand: the next one waits until one is finished', async () => {
    for (let n = 0; n < 1_000; n++) await queues.take(factAt(11 + n));
    let taken = false;
    void queues.take(factAt(2_000)).then(() => (taken = true));
    await turns();
    expect(taken).toBe(false);
    await end(11);
    await until(() => taken);
    await until(() => begun.includes(2_000));
  });
});

describe('facts behind one that fails', () => {
  it('are let go of where room is needed, and read again in order, page by page', async () => {
    log = row(1_000);
    for (const fact of log) await queues.take(fact);
    await turns();
    queues.fails('lamp-bad');
    await queues.take(factAt(2_000, 'lamp-good'));
    await turns();
    expect(begun).toEqual([11, 2_000]);
    // Later ones of the stream are not taken into memory, either.
    const late = factAt(2_001, 'lamp-bad', { revision: 1_000 });
    log.push(late);
    await queues.take(late);
    expect(queues.front).toBe(10n);
    await end(2_000, 11);
    for (const { position } of log.slice(1)) await end(Number(position));
    expect(begun.filter((n) => n !== 2_000)).toEqual([...log.map(({ position }) => Number(position))]);
    expect(reads.map(({ from }) => from)).toEqual([1, 101, 201, 301, 401, 501, 601, 701, 801, 901]);
    expect(queues.front).toBe(2_001n);
  });

  it('are kept while it does not fail: who needs room waits', async () => {
    for (const fact of row(1_000)) await queues.take(fact);
    let taken = false;
    void queues.take(factAt(2_000, 'lamp-good')).then(() => (taken = true));
    await turns();
    expect(taken).toBe(false);
    queues.fails('lamp-bad');
    await until(() => taken);
  });

  it('are read again and again while the log is away', async () => {
    log = row(1_000);
    for (const fact of log) await queues.take(fact);
    await turns();
    queues.fails('lamp-bad');
    await queues.take(factAt(2_000, 'lamp-good'));
    away = true;
    await end(11);
    await until(() => reads.length === 1);
    await turns();
    await jest.advanceTimersByTimeAsync(499);
    expect(reads).toHaveLength(1);
    away = false;
    await jest.advanceTimersByTimeAsync(1);
    await until(() => begun.includes(12));
    expect(queues.front).toBe(11n);
  });

  it('are given up with it when the work ends while the log is away', async () => {
    log = row(1_000);
    for (const fact of log) await queues.take(fact);
    await turns();
    queues.fails('lamp-bad');
    await queues.take(factAt(2_000, 'lamp-good'));
    away = true;
    await end(2_000, 11);
    stop.abort();
    await queues.ended();
    expect(queues.front).toBe(11n);
    expect(begun).toEqual([11, 2_000]);
  });
});
