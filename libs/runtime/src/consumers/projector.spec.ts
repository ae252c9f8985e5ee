import type { Fact, ViewDelta, ViewHead } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EventStore } from '../event-store/event-store.js';
import type { Logger } from '../logger.js';
import type { Bus } from '../messaging/bus.js';
import { Metrics } from '../metrics.js';
import type { RowStore } from '../service-definition.js';
import { Projector } from './projector.js';
import { factAt, GivenFeed, turns, until } from './testing/given-facts.js';
import { MemoryTables } from './testing/memory-tables.js';

const NAME = 'boards';
let tables: MemoryTables;
let feed: GivenFeed;
let stop: AbortController;
let running: Promise<void>;
let projector: Projector;
let head: bigint;
let deltas: ViewDelta[];
let heads: ViewHead[];
let reconnect: () => void;
let project: (fact: Fact, rows: RowStore) => Promise<void> | void;
let ready: boolean;

/** One row for each fact, and how many the view of its stream has; the contracts have the kind. */
const rowsOf = async (fact: Fact, rows: RowStore) => {
  const { times = 0 } = (await rows.get<{ times: number }>('board', fact.stream, 'times')) ?? {};
  rows.put('board', fact.stream, 'times', { times: times + 1 });
  rows.put('board', fact.stream, `row/${fact.position}`, fact.data);
};
/** As it does where a fact holds what its author did not think of. */
const failing =
  (...positions: number[]) =>
  async (fact: Fact, rows: RowStore) => {
    await rowsOf(fact, rows);
    if (positions.includes(Number(fact.position))) throw new Error('a defect');
  };

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  [tables, feed, head, deltas, heads, ready] = [new MemoryTables(), new GivenFeed(), 0n, [], [], true];
  [project, reconnect] = [rowsOf, () => undefined];
});
afterEach(async () => {
  stop.abort();
  jest.useRealTimers();
  await running.catch(() => undefined);
});

function start(version = 1): void {
  stop = new AbortController();
  const bus = {
    connection: { isClosed: () => false, publish: (_: string, body: string) => void deltas.push(JSON.parse(body) as ViewDelta) },
    publish: (_: string, body: ViewHead[]) => void heads.push(...structuredClone(body)),
    onReconnect: (listener: () => void) => {
      reconnect = listener;
      return () => undefined;
    },
  } as unknown as Bus;
  projector = new Projector(
    { name: NAME, version, views: [], categories: ['lamp'], project: (fact, rows) => project(fact, rows) },
    {
      ...{ database: tables.database, store: { head: async () => head } as EventStore, feed, bus, context: 'kanban' },
      ...{ metrics: new Metrics('swarm'), receivers: { ready: async () => ready }, clock: () => Date.now() },
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined } as unknown as Logger,
    },
  );
  running = projector.run(stop.signal);
  running.catch(() => undefined);
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const projection = (version = 1) => tables.rows.projections.find((row) => row.version === version && !row.stale);
const position = (version = 1) => projection(version)?.position;
/** Rows of one view in the epoch of that version. */
const view = (stream: string, version = 1) => {
  const place = `${projection(version)!.epoch}\nboard\n${stream}\n`;
  return Object.fromEntries(
    [...tables.rows.views].filter(([key]) => key.startsWith(place)).map(([key, value]) => [key.slice(place.length), value]),
  );
};

describe('a projection', () => {
  it('has rows, heads and position written together, and tells what changed only then', async () => {
    feed.give(factAt(1, 'lamp-a'), factAt(2, 'lamp-b'), factAt(3, 'lamp-a'));
    start();
    await until(() => position() === 3);
    expect(view('lamp-a')).toEqual({ times: { times: 2 }, 'row/1': { n: 1 }, 'row/3': { n: 3 } });
    expect(tables.taken.filter((words) => words.includes('write_views'))).toHaveLength(1);
    const { epoch } = projection()!;
    await until(() => deltas.length === 2);
    expect(deltas).toEqual([
      {
        ...{ kind: 'board', id: 'lamp-a', epoch, from: 0, to: 3 },
        ops: [
          { op: 'put', key: 'times', value: { times: 2 } },
          { op: 'put', key: 'row/1', value: { n: 1 } },
          { op: 'put', key: 'row/3', value: { n: 3 } },
        ],
      },
      expect.objectContaining({ id: 'lamp-b', from: 0, to: 2 }),
    ]);
    project = (fact, rows) => rows.del('board', fact.stream, 'row/1');
    feed.give(factAt(4, 'lamp-a'));
    await until(() => deltas.length === 3);
    expect(deltas[2]).toEqual({ kind: 'board', id: 'lamp-a', epoch, from: 3, to: 4, ops: [{ op: 'del', key: 'row/1' }] });
    expect(view('lamp-a')).not.toHaveProperty('row/1');
    expect(projector.standing.position).toBe(4n);
  });

  it('tells nobody of what could not be written, and writes it once when it starts again', async () => {
    tables.failOnce('SELECT set_config', Object.assign(new Error('terminating connection'), { code: '57P01' }));
    feed.give(factAt(1, 'lamp-a'));
    start();
    await expect(running).rejects.toThrow('terminating connection');
    expect(deltas).toEqual([]);
    expect(position()).toBe(0);
    start();
    await until(() => position() === 1);
    expect(view('lamp-a')['times']).toEqual({ times: 1 });
    expect(deltas).toHaveLength(1);
  });

  it('goes on where it was written, and counts nothing twice', async () => {
    feed.give(factAt(1, 'lamp-a'));
    start();
    await until(() => position() === 1);
    stop.abort();
    await running;
    feed.give(factAt(2, 'lamp-a'));
    start();
    await until(() => position() === 2);
    expect(view('lamp-a')['times']).toEqual({ times: 2 });
    expect(feed.followed).toEqual([0n, 1n]);
  });

  it('ends where another process has written its epoch, and writes nothing', async () => {
    feed.give(factAt(1, 'lamp-a'));
    start();
    await until(() => position() === 1);
    projection()!.position = 7;
    feed.give(factAt(2, 'lamp-a'));
    await expect(running).rejects.toThrow('moved by another writer');
    expect(view('lamp-a')['times']).toEqual({ times: 1 });
    expect(tables.rows.parked).toEqual([]);
  });

  it('has its position written once a second where it changes nothing', async () => {
    feed.give(factAt(1, 'lamp-a'));
    start();
    await until(() => position() === 1);
    await pass(500);
    feed.giveUpTo(8);
    await until(() => projector.standing.position === 8n);
    expect(position()).toBe(1);
    await pass(500);
    feed.giveUpTo(9);
    await until(() => position() === 9);
  });

  it('publishes nothing of a view that the contracts do not have', async () => {
    project = (fact, rows) => rows.put('own', fact.stream, 'row', 1);
    feed.give(factAt(1, 'lamp-a'));
    start();
    await until(() => position() === 1);
    await pass(4_000);
    expect([deltas, heads]).toEqual([[], []]);
  });

  it('sends the head instead of a delta that no message carries', async () => {
    project = (fact, rows) => rows.put('board', fact.stream, 'row', 'x'.repeat(900_000));
    feed.give(factAt(1, 'lamp-a'));
    start();
    await until(() => heads.some(({ to }) => to === 1));
    expect(deltas).toEqual([]);
    expect(heads).toContainEqual({ kind: 'board', id: 'lamp-a', epoch: projection()!.epoch, to: 1 });
  });

  it('repeats recent heads every two seconds, and at once when NATS is back, for a minute', async () => {
    feed.give(factAt(1, 'lamp-a'));
    start();
    await until(() => position() === 1);
    await pass(1_999);
    expect(heads).toEqual([]);
    await pass(1);
    expect(heads).toHaveLength(1);
    reconnect();
    await turns();
    expect(heads).toHaveLength(2);
    await pass(57_900);
    const { length } = heads;
    await pass(10_000);
    expect(heads.length - length).toBeLessThanOrEqual(1);
  });
});

describe('a new version of a projection', () => {
  it('is built beside the one in use, and switched in when it has caught up', async () => {
    feed.give(factAt(1, 'lamp-a'), factAt(2, 'lamp-b'));
    start();
    await until(() => position() === 2);
    stop.abort();
    await running;
    [deltas, heads, head] = [[], [], 3n];
    start(2);
    await until(() => projection(2) !== undefined);
    await turns();
    expect(projection()).toMatchObject({ active: true });
    expect(projection(2)).toMatchObject({ active: false });
    expect(deltas).toEqual([]);
    feed.give(factAt(3, 'lamp-a'));
    await until(() => projection(2)!.active);
    expect(view('lamp-a', 2)['times']).toEqual({ times: 2 });
    expect(deltas).toEqual([]);
    await until(() => heads.length === 2);
    expect(heads.map(({ id, epoch, to }) => [id, epoch === projection(2)!.epoch, to])).toEqual([
      ['lamp-a', true, 3],
      ['lamp-b', true, 2],
    ]);
    // The one before it stays, for the way back.
    expect(projection()).toMatchObject({ active: false });
    feed.give(factAt(4, 'lamp-a'));
    await until(() => deltas.length === 1);
  });

  it('is written in large parts while nobody reads it', async () => {
    for (let n = 1; n <= 6; n++) feed.give(factAt(n, 'lamp-a', { revision: n - 1 }));
    start();
    await until(() => position() === 6);
    stop.abort();
    await running;
    head = 6n;
    const writes = () => tables.taken.filter((words) => words.includes('write_views')).length;
    const before = writes();
    start(2);
    await until(() => projection(2)?.active === true);
    expect([writes() - before, position(2)]).toEqual([1, 6]);
    expect(view('lamp-a', 2)['times']).toEqual({ times: 6 });
  });

  it('reads again from where it was written, one batch at a time, where a fact of many fails', async () => {
    for (let n = 1; n <= 6; n++) feed.give(factAt(n));
    start();
    await until(() => position() === 6);
    stop.abort();
    await running;
    head = 6n;
    project = failing(4);
    start(2);
    await until(() => projection(2)?.active === true);
    expect(feed.followed.slice(1)).toEqual([0n, 0n]);
    for (const n of [1, 2, 3, 5, 6]) expect(view(`lamp-${n}`, 2)).toHaveProperty(['times'], { times: 1 });
    expect(view('lamp-4', 2)).toEqual({});
  });

  it('leaves nothing of the versions before the last', async () => {
    for (const version of [1, 2, 3]) {
      head = BigInt(version);
      feed.give(factAt(version, 'lamp-a'));
      start(version);
      await until(() => projection(version)?.active === true);
      await until(() => position(version) === version);
      stop.abort();
      await running;
    }
    await turns();
    expect(tables.rows.projections.map(({ version, active }) => [version, active])).toEqual([
      [2, false],
      [3, true],
    ]);
    expect(new Set([...tables.rows.views.keys()].map((key) => key.split('\n')[0])).size).toBe(2);
  });
});

describe('a fact that cannot be projected', () => {
  /** Others are taken all the while. */
  async function passWithOthers(ms: number): Promise<void> {
    for (let left = ms, n = 100; left > 0; left -= 1_000, n++) {
      feed.give(factAt(n));
      await turns(10);
      await pass(1_000);
      await turns(10);
    }
  }
  const bad = () => [factAt(1, 'lamp-bad'), factAt(2, 'lamp-bad', { revision: 1 }), factAt(3, 'lamp-good')];
  const parked = () => tables.rows.parked.map(({ position, held }) => [position, held]);

  it('is set aside with the later ones of its stream, while the others go on', async () => {
    project = failing(1);
    feed.give(...bad());
    start();
    await until(() => position() === 3);
    expect(view('lamp-good')['times']).toEqual({ times: 1 });
    expect(view('lamp-bad')).toEqual({});
    expect(parked()).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(projector.standing.state.parked).toBe(0);
  });

  it('costs none of its batch anything, wherever it stands in it', async () => {
    project = failing(3, 6);
    feed.give(...Array.from({ length: 9 }, (_, n) => factAt(n + 1)));
    start();
    await until(() => position() === 9);
    for (let n = 1; n <= 9; n++)
      expect(view(`lamp-${n}`)).toEqual(n === 3 || n === 6 ? {} : { times: { times: 1 }, [`row/${n}`]: { n } });
    expect(parked()).toEqual([
      [3, true],
      [6, true],
    ]);
  });

  it('is one of a hundred at most that nothing shows to be alone: what follows is not looked at', async () => {
    for (let n = 1; n <= 130; n++) feed.give(factAt(n));
    const looked = new Set<string>();
    project = (fact) => {
      looked.add(fact.position);
      throw new Error('a defect');
    };
    start();
    await until(() => looked.size === 100);
    await pass(5_000);
    expect(looked.size).toBe(100);
    expect(position()).toBe(0);
  });

  it('is taken with those behind it, in order, once it can be', async () => {
    project = failing(1);
    feed.give(...bad());
    start();
    await until(() => position() === 3);
    project = rowsOf;
    await pass(1_250);
    await pass(1_250);
    await until(() => tables.rows.parked.length === 0);
    expect(Object.keys(view('lamp-bad'))).toEqual(['times', 'row/1', 'row/2']);
    expect(view('lamp-bad')['times']).toEqual({ times: 2 });
    feed.give(factAt(4, 'lamp-bad', { revision: 2 }));
    await until(() => position() === 4);
    expect(view('lamp-bad')['times']).toEqual({ times: 3 });
  });

  it('is parked when it fails alone, and what it would have changed is marked from it on', async () => {
    // What the database refuses: the projection can say what it would have changed.
    feed.give(factAt(1, 'lamp-bad', { data: { note: '\u0000' } }), ...bad().slice(1));
    start();
    await passWithOthers(16_000);
    expect(parked()).toEqual([
      [1, false],
      [2, false],
    ]);
    expect(projector.standing.state).toMatchObject({ parked: 2, trouble: { why: 'parked' } });
    const { epoch } = projection()!;
    expect([...tables.rows.gaps]).toEqual([[`${epoch}\nboard\nlamp-bad`, 1]]);
    expect(heads).toContainEqual({ kind: 'board', id: 'lamp-bad', epoch, to: 0, incompleteSince: 1 });
    // Later ones of its stream follow it.
    feed.give(factAt(900, 'lamp-bad', { revision: 2 }), factAt(901));
    await until(() => position() === 901);
    expect(parked()).toEqual([
      [1, false],
      [2, false],
      [900, false],
    ]);
    expect(view('lamp-bad')).toEqual({});
  });

  it('leaves all views marked where it fails before it says what it would change', async () => {
    project = async (fact, rows) => {
      if (fact.position === '1') throw new Error('a defect');
      await rowsOf(fact, rows);
    };
    feed.give(factAt(1, 'lamp-bad'), factAt(3, 'lamp-good'));
    start();
    await passWithOthers(16_000);
    expect([...tables.rows.gaps.keys()]).toEqual([`${projection()!.epoch}\n\n`]);
    expect(heads).toContainEqual(expect.objectContaining({ id: 'lamp-good', incompleteSince: 1 }));
  });

  it('is told after ten seconds and not parked while the database is not ready', async () => {
    project = failing(1);
    ready = false;
    feed.give(...bad());
    start();
    await passWithOthers(16_000);
    expect(parked()).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(projector.standing.state).toMatchObject({
      parked: 0,
      trouble: { why: 'failing', cause: 'LampLit of lamp-bad: a defect' },
    });
  });

  it('keeps the position before it while nothing at all can be taken', async () => {
    project = () => {
      throw new Error('a defect');
    };
    feed.give(...bad());
    start();
    await pass(30_000);
    expect(position()).toBe(0);
    expect(tables.rows.parked).toEqual([]);
    expect(projector.standing.state).toMatchObject({ parked: 0, trouble: { why: 'failing' } });
    project = rowsOf;
    await pass(1_250);
    await until(() => position() === 3);
    expect(view('lamp-bad')['times']).toEqual({ times: 2 });
  });

  it('is nobody’s trouble any more once everything that failed at the same time can be taken', async () => {
    project = () => {
      throw new Error('a defect');
    };
    for (let n = 1; n <= 20; n++) feed.give(factAt(n));
    start();
    await pass(30_000);
    expect(projector.standing.state).toMatchObject({ trouble: { why: 'failing' } });
    project = rowsOf;
    await pass(1_250);
    await until(() => position() === 20);
    expect(projector.standing.state.trouble).toBeUndefined();
  });

  it('is in the views again when they are built anew, and its marks are gone', async () => {
    project = failing(1);
    feed.give(...bad());
    start();
    await passWithOthers(16_000);
    expect(await projector.rebuildIncomplete()).toBe(true);
    await running;
    project = rowsOf;
    head = 115n;
    start();
    await until(() => projection()?.active === true);
    expect(view('lamp-bad')['times']).toEqual({ times: 2 });
    await until(() => tables.rows.projections.length === 1);
    expect([tables.rows.parked, tables.rows.gaps.size]).toEqual([[], 0]);
    await until(() => projector.standing.state.trouble === undefined);
    expect(await projector.rebuildIncomplete()).toBe(false);
  });

  it('that is parked is told by the next run, too, and its views are marked', async () => {
    feed.give(factAt(1, 'lamp-bad', { data: { note: '\u0000' } }), factAt(3, 'lamp-good'));
    start();
    await passWithOthers(16_000);
    expect(parked()).toEqual([[1, false]]);
    stop.abort();
    await running;
    heads = [];
    start();
    await turns();
    expect(projector.standing.state).toMatchObject({ parked: 1, trouble: { why: 'parked', cause: '1 facts are parked' } });
    // What changed lately is repeated, whoever wrote it.
    await pass(2_000);
    expect(heads).toContainEqual(expect.objectContaining({ id: 'lamp-good' }));
    expect(heads.find(({ id }) => id === 'lamp-good')).not.toHaveProperty('incompleteSince');
    feed.give(factAt(900, 'lamp-bad', { revision: 1 }));
    await until(() => parked().length === 2);
    expect(projector.standing.parked).toBe(2);
  });

  it('is still aside for the next run', async () => {
    project = failing(1);
    feed.give(...bad());
    start();
    await until(() => position() === 3);
    stop.abort();
    await running;
    feed.give(factAt(4, 'lamp-bad', { revision: 2 }), factAt(5));
    start();
    await until(() => position() === 5);
    expect(parked()).toEqual([
      [1, true],
      [2, true],
      [4, true],
    ]);
    project = rowsOf;
    for (let n = 0; n < 3; n++) await pass(1_250);
    await until(() => tables.rows.parked.length === 0);
    expect(Object.keys(view('lamp-bad'))).toEqual(['times', 'row/1', 'row/2', 'row/4']);
  });
});
