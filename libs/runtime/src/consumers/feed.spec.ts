import { parseStream, UnknownEventVersion, type Fact } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryEventStore } from '../event-store/memory-event-store.js';
import { PresentForm } from '../event-store/present-form.js';
import { sampleAppend } from '../event-store/testing/sample-append.js';
import { EventsFeed, factOf, factsOf, LogFeed, type Feed } from './feed.js';
import { ToldBus, turns, until } from './testing/given-facts.js';

let store: MemoryEventStore;
let nats: ToldBus;
let feed: EventsFeed;
/** Positions from which the log was read. */
let read: bigint[];
let away: Error | undefined;
let stop: AbortController;
let following: Promise<void>;
let positions: number[];
let batches: number[];
/** While it is set, who follows takes nothing. */
let busy: Promise<void> | undefined;

// Time stands still unless a test lets it pass: what goes on without it needs none.
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  [store, nats, stop] = [new MemoryEventStore(), new ToldBus(), new AbortController()];
  [read, positions, batches, away, busy] = [[], [], [], undefined, undefined];
  const readAll = store.readAll.bind(store);
  store.readAll = async (after, options) => {
    read.push(after);
    if (away) throw away;
    return readAll(after, options);
  };
  feed = new EventsFeed(store, nats.bus, new PresentForm());
});
afterEach(async () => {
  stop.abort();
  jest.useRealTimers();
  await following.catch(() => undefined);
});

function follow(by: Feed = feed, after = 0n): void {
  const run = async () => {
    for await (const { facts, position } of by.follow(after, ['sample'], stop.signal)) {
      batches.push(Number(position));
      positions.push(...facts.map((fact) => Number(fact.position)));
      await busy;
    }
  };
  following = run();
  following.catch(() => undefined);
}

let streams = 0;
/** Recorded, and on its way over NATS unless it is lost. */
async function record(category = 'sample'): Promise<Fact> {
  const stream = `${category}-${++streams}`;
  await store.append(sampleAppend(stream, -1));
  for await (const fact of factsOf(store, stream, 0)) return fact;
  throw new Error('nothing was recorded');
}
const before = ({ position }: Fact) => Number(position) - 1;
/** Recorded and heard at once. */
async function heard(category = 'sample'): Promise<Fact> {
  const fact = await record(category);
  nats.arrives(fact, before(fact));
  return fact;
}

describe('facts of others, live over NATS', () => {
  it('are read from the log where a message says that one before it is missing, all in order and once', async () => {
    follow();
    await turns();
    await heard();
    await until(() => positions.length === 1);
    await record();
    await record();
    const last = await record();
    nats.arrives(last, before(last));
    await until(() => positions.length === 4);
    expect(positions).toEqual([1, 2, 3, 4]);
  });

  it('come without the log being read while none is missing', async () => {
    follow();
    await turns();
    const reads = read.length;
    for (let n = 0; n < 5; n++) await heard();
    await until(() => positions.length === 5);
    expect(positions).toEqual([1, 2, 3, 4, 5]);
    expect(read).toHaveLength(reads);
  });

  it('are missing none where others’ events lie between, though these are not parsed', async () => {
    follow();
    await turns();
    const reads = read.length;
    const other = await record('other');
    nats.arrives({ ...other, position: '1', data: undefined as never }, 0);
    await heard();
    await until(() => positions.length === 1);
    expect(positions).toEqual([2]);
    expect(read).toHaveLength(reads);
  });

  it('come once, however often and late their messages arrive', async () => {
    follow();
    await turns();
    const first = await heard();
    const second = await heard();
    nats.arrives(first, 0);
    nats.arrives(second, 1);
    await heard();
    await until(() => positions.length >= 3);
    await turns();
    expect(positions).toEqual([1, 2, 3]);
  });

  it('follow the one before them where a message does not name it', async () => {
    follow();
    await turns();
    await record();
    nats.arrives(await record());
    await until(() => positions.length === 2);
    expect(positions).toEqual([1, 2]);
  });

  it('that are lost at the end are read after a second of silence, and not before', async () => {
    follow();
    await turns();
    await record();
    await jest.advanceTimersByTimeAsync(999);
    expect(positions).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    await until(() => positions.length === 1);
  });

  it('that were lost while NATS was away are read when it is back', async () => {
    follow();
    await turns();
    await record();
    nats.reconnect();
    await until(() => positions.length === 1);
  });

  it('start after the position, and are followed on from the end of the log', async () => {
    for (let n = 0; n < 3; n++) await record();
    follow(feed, 2n);
    await until(() => positions.length === 1);
    await heard();
    await until(() => positions.length === 2);
    expect(positions).toEqual([3, 4]);
    expect(read[0]).toBe(2n);
  });

  it('are all read, page by page, without a wait between full ones', async () => {
    for (const revision of [-1, 499]) await store.append(sampleAppend('sample-many', revision, { events: 500 }));
    await record();
    follow();
    await until(() => positions.length === 1_001);
    expect(read).toEqual([0n, 500n, 1_000n]);
  });

  it('are handed over at most a page at a time', async () => {
    let go = () => undefined as void;
    busy = new Promise((resolve) => (go = resolve));
    await record();
    follow();
    await until(() => positions.length === 1);
    await store.append(sampleAppend('sample-many', -1, { events: 500 }));
    for await (const fact of factsOf(store, 'sample-many', 0)) nats.arrives(fact, before(fact));
    await heard();
    go();
    busy = undefined;
    await until(() => positions.length === 502);
    expect(batches).toEqual([1, 501, 502]);
    expect(read).toEqual([0n]);
  });

  it('are read from the log by who could not keep up with more than ten thousand', async () => {
    let go = () => undefined as void;
    busy = new Promise((resolve) => (go = resolve));
    await record();
    follow();
    await until(() => positions.length === 1);
    for (let n = 0; n < 20; n++) await store.append(sampleAppend('other-flood', n * 500 - 1, { events: 500 }));
    for await (const fact of factsOf(store, 'other-flood', 0)) nats.arrives(fact, before(fact));
    await heard();
    go();
    busy = undefined;
    await until(() => positions.length === 2);
    expect(positions).toEqual([1, 10_002]);
    expect(read).toEqual([0n, 1n]);
  });

  it('wait while the log is away, and none is left out when it is back', async () => {
    away = new Error('connection refused');
    follow();
    await turns();
    await record();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(read.length).toBeGreaterThan(2);
    expect(positions).toEqual([]);
    away = undefined;
    await jest.advanceTimersByTimeAsync(375);
    await until(() => positions.length === 1);
  });

  it('end where a newer version wrote what is read', async () => {
    away = new UnknownEventVersion({ type: 'SampleRecorded', schema: 9, data: {} }, 1);
    follow();
    await expect(following).rejects.toBe(away);
  });

  it('are listened to no longer once they are followed no longer', async () => {
    follow();
    await turns();
    expect(nats.listeners).toBe(1);
    stop.abort();
    await following;
    expect(nats.listeners).toBe(0);
    // Nobody is told: what would be no event of ours is not looked at.
    nats.arrives({ stream: 'sample-1', position: 'x' } as Fact);
  });
});

describe('own facts', () => {
  it('come straight from the log, each batch with the position up to which everything was seen', async () => {
    await record();
    await record('other');
    follow(new LogFeed(store));
    await until(() => batches.at(-1) === 2);
    await record();
    await until(() => positions.length === 2);
    expect(positions).toEqual([1, 3]);
  });

  it('have all that the log has of them, and the context of their event, else the category', async () => {
    await record();
    const { events } = await store.readAll(0n, { limit: 1 });
    const { id, type, schema, data, metadata, stream, revision } = events[0]!;
    const fact = factOf(events[0]!);
    expect(fact).toEqual({
      id,
      type,
      schema,
      data,
      metadata,
      stream,
      revision,
      position: '1',
      context: parseStream(stream).category,
    });
    expect(factOf({ ...events[0]!, type: 'CardMoved', stream: 'board-1' }).context).toBe('kanban');
    following = Promise.resolve();
  });

  it('of one stream begin where they are wanted', async () => {
    await store.append(sampleAppend('sample-row', -1, { events: 3 }));
    const revisions: number[] = [];
    for await (const { revision } of factsOf(store, 'sample-row', 1)) revisions.push(revision);
    expect(revisions).toEqual([1, 2]);
    following = Promise.resolve();
  });
});
