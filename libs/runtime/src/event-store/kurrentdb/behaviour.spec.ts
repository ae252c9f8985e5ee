import { until, untilAnswered } from '@agencyos/testing';
import { KurrentDbDouble } from '@agencyos/testing/kurrentdb';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { type Append, InvalidAppend, StoreRefused } from '../event-store.js';
import { migrateEventStore } from '../postgres/schema.js';
import { freshStream, readStream, sampleAppend, take } from '../testing/sample-append.js';
import { KurrentDbEventStore } from './kurrentdb-event-store.js';
import { OutcomeUnknown } from './outcome-unknown.js';

let servers: TestServers;
let pool: Pool;
let double: KurrentDbDouble;
let store: KurrentDbEventStore;

beforeAll(async () => {
  servers = await startTestServers({ nats: false });
  pool = new Pool({ connectionString: servers.databaseUrl });
  pool.on('error', () => undefined);
  await migrateEventStore(pool);
});
afterAll(async () => {
  await pool.end();
  await servers.stop();
});
beforeEach(async () => {
  double = await KurrentDbDouble.start();
  store = new KurrentDbEventStore({ url: double.url, pool, appendDeadlineMs: 300 });
});
afterEach(async () => {
  await store.close();
  double.stop();
});

/** As the commands' host does it: unchanged until the outcome is known. */
const appendUntilKnown = (append: Append, to = store) =>
  untilAnswered(() => to.append(append), {
    isOver: (error) => error instanceof InvalidAppend || error instanceof StoreRefused,
  });

describe('an append to KurrentDB (double)', () => {
  it('is checked: a stale revision is refused', async () => {
    const stream = freshStream();
    await store.append(sampleAppend(stream, -1, { events: 2 }));
    expect(await store.append(sampleAppend(stream, 0))).toEqual({ status: 'conflict', revision: 1 });
    expect(await readStream(store, stream)).toHaveLength(2);
  });

  it('whose answer was lost is there once after it was repeated', async () => {
    const append = sampleAppend(freshStream(), -1, { events: 2 });
    double.failNextAppends('lose_answer');
    await expect(store.append(append)).rejects.toThrow(OutcomeUnknown);
    await appendUntilKnown(append);
    await appendUntilKnown(sampleAppend(append.stream, 1));
    const again = await store.append(append);
    expect(again).toMatchObject({ status: 'repeat', answers: [{ ...append.commands[0] }] });
    expect(await readStream(store, append.stream)).toHaveLength(3);
  });

  it('that is never answered fails at its deadline, outcome unknown', async () => {
    const append = sampleAppend(freshStream(), -1);
    double.failNextAppends('hang');
    await expect(store.append(append)).rejects.toThrow(OutcomeUnknown);
    expect(await appendUntilKnown(append)).toMatchObject({ status: 'appended' });
  });

  it('is repeated after what passes, never after what stays', async () => {
    const append = sampleAppend(freshStream(), -1);
    double.failNextAppends('not_ready', 'timeout', 'access_denied');
    await expect(store.append(append)).rejects.toThrow(OutcomeUnknown);
    await expect(store.append(append)).rejects.toThrow(OutcomeUnknown);
    await expect(store.append(append)).rejects.toThrow(StoreRefused);
    const nameless = sampleAppend(freshStream(), -1);
    nameless.events[0]!.type = ''; // the server: BadRequest
    await expect(store.append(nameless)).rejects.toThrow(InvalidAppend);
    double.log.tombstone(append.stream);
    await expect(store.append(append)).rejects.toThrow(InvalidAppend);
  });

  it('is never sent without events', async () => {
    const append = { ...sampleAppend(freshStream(), -1), events: [], commands: [] };
    await expect(store.append(append)).rejects.toThrow(InvalidAppend);
    expect(double.appendSizes).toEqual([]);
  });

  it('fails while the server is away and goes through once it is back', async () => {
    const appends = Array.from({ length: 100 }, () => sampleAppend(freshStream(), -1));
    await store.append(sampleAppend(freshStream(), -1));
    double.stop();
    const first = await Promise.allSettled(appends.map((append) => store.append(append)));
    expect(first.every(({ status }) => status === 'rejected')).toBe(true);
    await double.start();
    await Promise.all(appends.map((append) => appendUntilKnown(append)));
    for (const { stream } of appends) expect(await readStream(store, stream)).toHaveLength(1);
  });
});

describe('a subscription to KurrentDB (double)', () => {
  it('misses nothing and sees nothing twice, whatever the server does to it', async () => {
    const streams = Array.from({ length: 4 }, () => freshStream('busy'));
    const seen = Promise.all([take(store, 400, { categories: ['busy'], batch: 7 }), take(store, 400, { batch: 50 })]);
    const troubles = [
      () => double.dropSubscriptions(),
      () => double.abortAsTooSlow(),
      async () => {
        double.stop();
        await double.start();
      },
      () => double.failNextReads(3),
    ];
    for (let n = 0; n < 100; n++) {
      await Promise.all(streams.map((stream) => appendUntilKnown(sampleAppend(stream, n - 1))));
      if (n % 10 === 5) await troubles[((n - 5) / 10) % troubles.length]!();
    }
    const recorded = double.log.records.filter(({ stream }) => stream.startsWith('busy-')).map(({ id }) => id);
    for (const events of await seen) expect(events.map(({ id }) => id)).toEqual(recorded);
  });

  it('goes on after any number of interruptions, even when nothing came between them', async () => {
    await store.append(sampleAppend(freshStream('quiet'), -1));
    const head = await store.head();
    const seen = take(store, 1, { after: head, categories: ['quiet'] });
    for (let n = 0; n < 15; n++) {
      await until(() => double.openSubscriptions === 1);
      double.dropSubscriptions();
    }
    const append = sampleAppend(freshStream('quiet'), -1);
    await store.append(append);
    expect((await seen).map(({ id }) => id)).toEqual([append.events[0]!.id]);
  });
});

describe('reading from KurrentDB (double)', () => {
  it('goes on where a failure interrupted it', async () => {
    const stream = freshStream();
    await store.append(sampleAppend(stream, -1, { events: 5 }));
    double.failNextReads(2);
    expect(await readStream(store, stream)).toHaveLength(5);
  });
});

describe('a cluster of KurrentDB (doubles)', () => {
  it('is followed to its new leader by writers and readers', async () => {
    const members = [double, await KurrentDbDouble.start(double.log), await KurrentDbDouble.start(double.log)];
    members[0]!.cluster = members;
    members[0]!.lead();
    const url = `kurrentdb://${members.map(({ address }) => address).join()}?tls=false&nodePreference=leader`;
    const clustered = new KurrentDbEventStore({ url, pool, appendDeadlineMs: 1_000 });
    const stream = freshStream('led');
    const seen = take(clustered, 60, { categories: ['led'] });
    for (let n = 0; n < 60; n++) {
      await appendUntilKnown(sampleAppend(stream, n - 1), clustered);
      if (n === 10) members[1]!.lead();
      if (n === 25) members[2]!.lead();
      if (n === 35) members[0]!.stop();
      if (n === 40) members[1]!.lead();
    }
    expect((await seen).map(({ revision }) => revision)).toEqual([...Array(60).keys()]);
    await clustered.close();
    for (const member of members.slice(1)) member.stop();
  });
});
