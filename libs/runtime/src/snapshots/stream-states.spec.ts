import { newId } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseClock } from '../event-store/database-clock.js';
import type { NewEvent } from '../event-store/event-store.js';
import { MemoryEventStore } from '../event-store/memory-event-store.js';
import { pack } from './snapshot.js';
import { StreamStates } from './stream-states.js';
import { lampProcess, lamps, STREAM } from './testing/lamp.js';
import { MemorySnapshotRows } from './testing/memory-snapshot-rows.js';

let clock: DatabaseClock;
let store: MemoryEventStore;
let rows: MemorySnapshotRows;
let told: object[];
let readFrom: number[];
let states: StreamStates;
const aggregate = lamps();
const made = { stream: STREAM, key: 'sha256:lamp' };

beforeEach(async () => {
  clock = await DatabaseClock.start(async () => 0);
  store = new MemoryEventStore();
  rows = new MemorySnapshotRows();
  told = [];
  readFrom = [];
  const read = store.read.bind(store);
  store.read = (stream, from = 0) => {
    readFrom.push(from);
    return read(stream, from);
  };
  states = new StreamStates(rows, store, { warn: ((fields: object) => told.push(fields)) as never });
});
afterEach(() => clock.stop());

const process = () => {
  const logger = { error: () => undefined } as never;
  return lampProcess(aggregate, {
    store,
    clock,
    logger,
    deadlineMs: 1_000,
    snapshots: { states, writer: { offer: () => undefined } },
  });
};
/** Of the stream as it is, or as it was. */
async function keepSnapshot(position?: bigint) {
  const snapshot = (await states.at(STREAM, aggregate, position)).snapshot(made.key);
  await rows.put(made, { ...snapshot, kept: true, body: await pack(snapshot) });
}
const written = async (): Promise<NewEvent[]> =>
  (await store.readAll(0n, { limit: 100 })).events.map(({ id, type, schema, data, metadata }) => ({
    id,
    type,
    schema,
    data,
    metadata,
  }));
const told1 = { stream: STREAM, revision: 9, removed: true };

describe('a stream with a snapshot', () => {
  it('is read from there on, and comes to the same', async () => {
    await process().blink(10);
    await keepSnapshot();
    await process().blink(4);
    const folded = await states.at(STREAM, lamps('sha256:another'));
    readFrom = [];
    const state = await states.at(STREAM, aggregate);
    expect(readFrom).toEqual([9]);
    expect(state.snapshot('')).toEqual(folded.snapshot(''));
    expect(state.state).toEqual({ lit: false, times: new Map([['user:one', 7]]) });
    expect(told).toEqual([]);
  });

  it('answers as one whose snapshots were deleted, repeated commands too', async () => {
    const [lit, nothing] = [newId(), newId()];
    const one = process();
    await one.send('Light', lit);
    await one.send('Light', nothing);
    await one.blink(9);
    const answers = async () => {
      const restarted = process();
      const known = [await restarted.send('Light', lit), await restarted.send('Light', nothing), await restarted.send('Darken')];
      await expect(restarted.send('Darken', lit)).rejects.toMatchObject({ code: 'idempotency_conflict' });
      return known;
    };
    await one.blink(1);
    await keepSnapshot();
    const [repeated, unchanged, darkened] = await answers();
    await one.send('Light');
    rows.all = [];
    expect(await answers()).toEqual([
      repeated,
      unchanged,
      { ...darkened, revision: darkened!.revision + 2, position: darkened!.position + 2n },
    ]);
    expect(repeated).toMatchObject({ revision: 0, repeated: true });
  });

  it('is as it was at any earlier position', async () => {
    await process().blink(30);
    const positions = (await store.readAll(0n, { limit: 100 })).events.map(({ position }) => position);
    for (const revision of [7, 15, 22]) await keepSnapshot(positions[revision]);
    for (const [revision, position] of positions.entries()) {
      readFrom = [];
      const state = await states.at(STREAM, aggregate, position);
      expect(state.revision).toBe(revision);
      expect(state.state).toMatchObject({ lit: revision % 2 === 0 });
      expect(readFrom[0]).toBe([22, 15, 7, 0].find((kept) => kept <= revision));
    }
    expect((await states.at(STREAM, aggregate, positions[0]! - 1n)).revision).toBe(-1);
  });

  it('reads nothing of another fold', async () => {
    await process().blink(10);
    await keepSnapshot();
    readFrom = [];
    await states.at(STREAM, lamps('sha256:another'));
    expect(readFrom).toEqual([0]);
  });
});

describe('a snapshot that is not used, told of once', () => {
  const folded = { revision: 9, state: { lit: false, times: new Map([['user:one', 5]]) } };
  beforeEach(async () => {
    await process().blink(10);
    await keepSnapshot();
  });
  const expectFolded = async () => {
    for (let times = 0; times < 2; times++) expect(await states.at(STREAM, aggregate)).toMatchObject(folded);
    expect(told).toMatchObject([told1]);
    expect(rows.all).toEqual([]);
  };

  it('whose bytes are not those that were written', async () => {
    const { body } = rows.all[0]!;
    body[body.length - 5]! ^= 1;
    await expectFolded();
  });

  it('that is none', async () => {
    rows.all[0]!.body = Buffer.from('{}');
    await expectFolded();
  });

  it('of another stream', async () => {
    const other = (await states.at(STREAM, aggregate)).snapshot(made.key);
    rows.all[0]!.body = await pack({ ...other, stream: 'lamp-two' });
    await expectFolded();
  });

  it('that the fold cannot take', async () => {
    const other = (await states.at(STREAM, aggregate)).snapshot(made.key);
    rows.all[0]!.body = await pack({ ...other, state: null });
    await expectFolded();
  });

  it('that is ahead of its log', async () => {
    const shorter = new MemoryEventStore();
    await shorter.append({ stream: STREAM, expectedRevision: -1, events: (await written()).slice(0, 5), commands: [] });
    const restored = new StreamStates(rows, shorter, { warn: ((fields: object) => told.push(fields)) as never });
    expect(await restored.at(STREAM, aggregate)).toMatchObject({ revision: 4 });
    expect(told).toMatchObject([told1]);
  });

  it.each([
    ['another event', (event: NewEvent): NewEvent => ({ ...event, id: newId() })],
    [
      'the same command again, at another time',
      ({ metadata, ...event }: NewEvent): NewEvent => ({
        ...event,
        metadata: { ...metadata, recordedAt: '2026-11-27T00:00:00.000Z' },
      }),
    ],
  ])('whose log went another way: %s', async (_, change) => {
    const other = new MemoryEventStore();
    const events = await written();
    await other.append({ stream: STREAM, expectedRevision: -1, events: events.with(9, change(events[9]!)), commands: [] });
    const restored = new StreamStates(rows, other, { warn: ((fields: object) => told.push(fields)) as never });
    expect(await restored.at(STREAM, aggregate)).toMatchObject(folded);
    expect(told).toMatchObject([told1]);
  });

  it('that lies beyond the position that is asked for, for its log was moved', async () => {
    const moved = new MemoryEventStore();
    const other = 'lamp-other';
    const events = await written();
    await moved.append({
      stream: other,
      expectedRevision: -1,
      events: events.map((event) => ({ ...event, id: newId() })),
      commands: [],
    });
    await moved.append({ stream: STREAM, expectedRevision: -1, events, commands: [] });
    const restored = new StreamStates(rows, moved, { warn: ((fields: object) => told.push(fields)) as never });
    expect(await restored.at(STREAM, aggregate, BigInt(events.length + 3))).toMatchObject({ revision: 2 });
    expect(told).toMatchObject([told1]);
  });

  it('because its table does not answer', async () => {
    rows.last = () => Promise.reject(new Error('away'));
    expect(await states.at(STREAM, aggregate)).toMatchObject(folded);
    expect(told).toMatchObject([{ error: { message: 'away' } }]);
  });

  it('though it cannot be removed', async () => {
    rows.all[0]!.body = Buffer.from('');
    rows.remove = () => Promise.reject(new Error('away'));
    expect(await states.at(STREAM, aggregate)).toMatchObject(folded);
  });
});
