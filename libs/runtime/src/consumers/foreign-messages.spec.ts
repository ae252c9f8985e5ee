import { type Fact, toCloudEvent } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Msg } from '@nats-io/transport-node';
import { MemoryEventStore } from '../event-store/memory-event-store.js';
import { PresentForm } from '../event-store/present-form.js';
import { sampleAppend } from '../event-store/testing/sample-append.js';
import type { Bus } from '../messaging/bus.js';
import { EventsFeed, factOf } from './feed.js';
import { turns, until } from './testing/given-facts.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** At the latest after a silent second. */
async function untilRead(facts: Fact[], count: number): Promise<void> {
  await turns();
  await jest.advanceTimersByTimeAsync(1_000);
  await until(() => facts.length >= count);
}

const message = (subject: string, body: string, head: Record<string, string> = {}) =>
  ({
    subject,
    headers: { get: (name: string) => head[name] ?? '' },
    string: () => body,
    json: () => JSON.parse(body) as unknown,
  }) as unknown as Msg;

describe('what lies in EVENTS and is no event of ours (fault 7)', () => {
  it('is passed over and told, and nothing of the log is missed', async () => {
    const store = new MemoryEventStore();
    let receive: (message: Msg) => void = () => undefined;
    const bus = {
      subscribe: (_subject: string, handle: typeof receive) => (receive = handle),
      onReconnect: () => () => undefined,
    } as unknown as Bus;
    const foreign: string[] = [];
    const feed = new EventsFeed(store, bus, new PresentForm(), (subject) => foreign.push(subject));
    const stop = new AbortController();
    const facts: Fact[] = [];
    const following = (async () => {
      for await (const batch of feed.follow(0n, ['sample'], stop.signal)) facts.push(...batch.facts);
    })();
    await store.append(sampleAppend('sample-1', -1));
    await untilRead(facts, 1);

    receive(message('agencyos.evt.x.sample.A.1', '{"answered":true}'));
    receive(message('agencyos.evt.x.sample.B.1', 'no JSON', { 'Agencyos-Position': '2', 'Agencyos-Previous': '1' }));
    receive(message('agencyos.evt.x.sample.C.1', '[]', { 'Agencyos-Position': 'x' }));
    const { events } = await store.readAll(0n, { limit: 1 });
    const other = JSON.stringify(toCloudEvent(factOf(events[0]!), 'one'));
    receive(message('agencyos.evt.x.sample.D.1', other, { 'Agencyos-Position': '9', 'Agencyos-Previous': '1' }));
    await store.append(sampleAppend('sample-2', -1));
    await untilRead(facts, 2);
    expect(facts.map(({ stream }) => stream)).toEqual(['sample-1', 'sample-2']);
    expect(foreign.map((subject) => subject.split('.').at(-2))).toEqual(['A', 'B', 'C', 'D']);
    stop.abort();
    await following;
  });

  it('does not keep the reader at the log when it names what the log does not have', async () => {
    const store = new MemoryEventStore();
    let receive: (message: Msg) => void = () => undefined;
    const bus = {
      subscribe: (_subject: string, handle: typeof receive) => (receive = handle),
      onReconnect: () => () => undefined,
    } as unknown as Bus;
    let read = 0;
    const readAll = store.readAll.bind(store);
    store.readAll = async (...asked) => {
      read++;
      await new Promise((resolve) => setImmediate(resolve));
      return readAll(...asked);
    };
    const stop = new AbortController();
    const facts: Fact[] = [];
    const following = (async () => {
      const feed = new EventsFeed(store, bus, new PresentForm());
      for await (const batch of feed.follow(0n, ['sample'], stop.signal)) facts.push(...batch.facts);
    })();
    await store.append(sampleAppend('sample-1', -1));
    await until(() => facts.length > 0);
    const before = read;
    receive(message('agencyos.evt.x.other.A.1', '{}', { 'Agencyos-Position': '99', 'Agencyos-Previous': '98' }));
    await store.append(sampleAppend('sample-2', -1));
    await untilRead(facts, 2);
    expect(read - before).toBeLessThan(10);
    stop.abort();
    await following;
  });
});
