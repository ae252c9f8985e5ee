import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { factAt, turns, until, type GivenFeed } from './testing/given-facts.js';
import type { MemoryTables } from './testing/memory-tables.js';
import { accepted, failing, NAME, ReactorBench } from './testing/reactor-bench.js';

let bench: ReactorBench;
let tables: MemoryTables;
let feed: GivenFeed;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  bench = new ReactorBench();
  ({ tables, feed } = bench);
});
afterEach(async () => {
  bench.stop();
  jest.useRealTimers();
  await bench.running.catch(() => undefined);
});

describe('a fact that fails alone', () => {
  const bad = () => [factAt(1, 'lamp-bad'), factAt(2, 'lamp-bad', { revision: 1 }), factAt(3, 'lamp-bad', { revision: 2 })];
  /** Others are handled all the while. */
  async function passWithOthers(ms: number): Promise<void> {
    for (let left = ms, n = 100; left > 0; left -= 1_000, n++) {
      feed.give(factAt(n));
      await turns(5);
      await jest.advanceTimersByTimeAsync(1_000);
    }
  }

  it('is parked with the later ones of its stream, in their order, and the others go on', async () => {
    bench.answer = failing(1);
    feed.give(...bad(), factAt(4));
    bench.start();
    await passWithOthers(14_000);
    expect(bench.parked).toEqual([1, 2, 3]);
    expect(tables.rows.parked.map(({ cause }) => cause)).toEqual([
      'internal',
      'an earlier fact of this stream is parked',
      'an earlier fact of this stream is parked',
    ]);
    expect(bench.numbers).toContain(4);
    expect(bench.numbers).not.toContain(2);
    expect(bench.reactor.standing.state).toMatchObject({
      parked: 3,
      trouble: { why: 'parked', cause: 'LampLit of lamp-bad: internal' },
    });
  });

  it('is told after ten seconds and not parked while its receiver is not ready', async () => {
    bench.answer = failing(1);
    bench.ready = false;
    feed.give(...bad());
    bench.start();
    await passWithOthers(9_000);
    expect(bench.reactor.standing.state.trouble).toBeUndefined();
    await passWithOthers(6_000);
    expect(bench.parked).toEqual([]);
    expect(bench.reactor.standing.state.trouble).toMatchObject({ why: 'failing', cause: 'LampLit of lamp-bad: internal' });
    bench.answer = () => accepted;
    await passWithOthers(3_000);
    expect(bench.numbers.filter((n) => Number(n) < 4).slice(-3)).toEqual([1, 2, 3]);
    expect(bench.reactor.standing.state.trouble).toBeUndefined();
  });

  it('is tried again where it could not be parked', async () => {
    bench.answer = failing(1);
    feed.give(factAt(1, 'lamp-bad'));
    bench.start();
    tables.failOnce('INSERT INTO parked');
    await passWithOthers(18_000);
    expect(bench.parked).toEqual([1]);
    expect(bench.reactor.standing.state.parked).toBe(1);
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
    bench.start();
    await until(() => bench.parked.length === 2);
    expect(bench.sent).toEqual([]);
    expect(bench.reactor.standing.parked).toBe(2);
    tables.rows.parked = [];
    feed.give(factAt(3, 'lamp-bad'));
    await until(() => bench.sent.length === 1);
    expect(bench.numbers).toEqual([3]);
    expect(bench.reactor.standing.parked).toBe(0);
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
    bench.start();
    await turns();
    bench.answer = failing(2);
    expect(await bench.reactor.retryParked()).toBe(2);
    expect(bench.numbers).toEqual([1, 2, 4]);
    expect(bench.parked).toEqual([2, 3]);
    expect(bench.reactor.standing.parked).toBe(2);
    // What went through keeps nothing back any more.
    feed.give(factAt(5, 'lamp-a'), factAt(6, 'lamp-b'));
    await until(() => bench.parked.length === 3);
    expect(bench.numbers).toEqual([1, 2, 4, 5]);
    bench.answer = () => accepted;
    expect(await bench.reactor.retryParked()).toBe(3);
    expect(bench.numbers.slice(-3)).toEqual([2, 3, 6]);
  });
});
