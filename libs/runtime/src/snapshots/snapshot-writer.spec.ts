import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@agencyos/testing';
import { DatabaseClock } from '../event-store/database-clock.js';
import { MemoryEventStore } from '../event-store/memory-event-store.js';
import { SnapshotWriter } from './snapshot-writer.js';
import { unpack } from './snapshot.js';
import { StreamStates } from './stream-states.js';
import { lampProcess, lamps, STREAM } from './testing/lamp.js';
import { MemorySnapshotRows } from './testing/memory-snapshot-rows.js';

const KEEP_EVERY = 150;
const made = { stream: STREAM, key: 'sha256:lamp' };
let clock: DatabaseClock;
let store: MemoryEventStore;
let rows: MemorySnapshotRows;
let told: object[];
let stop: AbortController;
let writing: Promise<void>[];

beforeEach(async () => {
  clock = await DatabaseClock.start(async () => 0);
  store = new MemoryEventStore();
  rows = new MemorySnapshotRows();
  told = [];
  stop = new AbortController();
  writing = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(writing);
  clock.stop();
});

/** A process that was started. */
function process(aggregate = lamps()) {
  const logger = { error: () => undefined, warn: (fields: object) => told.push(fields) } as never;
  const states = new StreamStates(rows, store, logger);
  const writer = new SnapshotWriter({ rows, states, store, logger }, { every: 100, debounceMs: 1 });
  writing.push(writer.write(stop.signal));
  const lamp = lampProcess(aggregate, { store, clock, logger, deadlineMs: 1_000, snapshots: { states, writer } });
  return { ...lamp, states, writer };
}
const revisions = () => rows.of(made).map(({ revision, kept }) => (kept ? `${revision} kept` : revision));

describe('snapshots of a stream', () => {
  it('are written once so many events came since the last one, and take its place', async () => {
    const one = process();
    await one.blink(90);
    await one.blink(10);
    await until(() => rows.all.length > 0);
    expect(revisions()).toEqual([99]);
    await one.blink(90);
    await one.blink(10);
    await until(() => revisions()[0] !== 99);
    expect(revisions()).toEqual([199]);
    const { body, revision } = rows.all[0]!;
    const folded = (await one.states.at(STREAM, lamps('sha256:another'))).snapshot(made.key);
    expect(await unpack(body, { ...made, revision })).toEqual(JSON.parse(JSON.stringify(folded)));
  });

  it('are counted from the one that the process began with', async () => {
    await process().blink(100);
    await until(() => rows.all.length > 0);
    const restarted = process();
    await restarted.blink(10);
    const other = lampProcess(lamps(), { store, clock, logger: {} as never, deadlineMs: 1_000 });
    await other.blink(90);
    await restarted.send('Light');
    await until(() => revisions()[0] !== 99);
    expect(revisions()).toEqual([200]);
  });

  it('fail alone: commands are answered, and the next one is written', async () => {
    const put = rows.put.bind(rows);
    rows.put = async () => {
      rows.put = put;
      throw new Error('away');
    };
    const one = process();
    await one.blink(100);
    await until(() => told.length > 0);
    expect(told).toMatchObject([{ stream: STREAM, error: { message: 'away' } }]);
    expect(await one.send('Light')).toMatchObject({ revision: 100 });
    await one.blink(100);
    await until(() => rows.all.length > 0);
    expect(revisions()).toEqual([199]);
  });

  it('of other folds are removed', async () => {
    await process().blink(100);
    await until(() => rows.all.length > 0);
    await process().writer.removeOthers([lamps()]);
    expect(revisions()).toEqual([99]);
    await process().writer.removeOthers([lamps('sha256:another')]);
    expect(rows.all).toEqual([]);
  });
});

describe('streams that people look back on', () => {
  it('keep one every so many events', async () => {
    const one = process(lamps(made.key, KEEP_EVERY));
    for (const [events, expected] of [
      [100, [99]],
      [100, ['199 kept']],
      [100, ['199 kept', 299]],
      [100, ['199 kept', '399 kept']],
    ] as const) {
      await one.blink(events);
      await until(() => JSON.stringify(revisions()) === JSON.stringify(expected));
    }
  });

  it('are gone through once more for those that are missing', async () => {
    const other = lampProcess(lamps(), { store, clock, logger: {} as never, deadlineMs: 1_000 });
    await other.blink(800);
    await process(lamps(made.key, KEEP_EVERY)).send('Light');
    await until(() => rows.all.length === 6);
    expect(revisions()).toEqual(['149 kept', '299 kept', '449 kept', '599 kept', '749 kept', 800]);
    rows.all = rows.all.filter(({ revision }) => revision < 400);
    await process(lamps(made.key, KEEP_EVERY)).send('Darken');
    await until(() => rows.all.length === 6);
    expect(revisions()).toEqual(['149 kept', '299 kept', '449 kept', '599 kept', '749 kept', 801]);
  });
});
