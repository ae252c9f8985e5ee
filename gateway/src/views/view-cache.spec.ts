import { describe, expect, it } from '@jest/globals';
import type { ViewDelta, ViewPage } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { ViewCache, type ViewCursor, type ViewReader } from './view-cache.js';

/** The owner of one view, under the test's control: pages answer when told to. */
class Owner {
  epoch = 'e1';
  revision = 0;
  rows: Record<string, unknown> = {};
  failure: Error | undefined;
  incompleteSince: number | undefined;
  pageSize = Infinity;
  reads = 0;
  private gate: Promise<void> = Promise.resolve();

  hold(): () => void {
    let open!: () => void;
    this.gate = new Promise((resolve) => (open = resolve));
    return open;
  }

  change(key: string, value: unknown, to = this.revision + 1): ViewDelta {
    const delta: ViewDelta = {
      kind: 'board',
      id: 'b',
      epoch: this.epoch,
      from: this.revision,
      to,
      ops: [{ op: 'put', key, value }],
    };
    this.rows = { ...this.rows, [key]: value };
    this.revision = to;
    return delta;
  }

  readonly page = async (kind: string, id: string, after = ''): Promise<ViewPage> => {
    this.reads++;
    if (this.failure) throw this.failure;
    const keys = Object.keys(this.rows)
      .sort()
      .filter((key) => key > after);
    const page = keys.slice(0, this.pageSize);
    const { epoch, revision } = this;
    const rows = Object.fromEntries(page.map((key) => [key, this.rows[key]]));
    const lacks = this.incompleteSince !== undefined && { incompleteSince: this.incompleteSince };
    await this.gate;
    return { kind, id, epoch, revision, ...lacks, rows, ...(keys.length > page.length && { next: page.at(-1)! }) };
  };
}

/** A client that follows the protocol, and complains when it is broken. */
class Client implements ViewReader {
  rows: Record<string, unknown> = {};
  revision = -1;
  epoch = '';
  resyncs = 0;
  incompleteSince: number | undefined;
  failures: boolean[] = [];

  snapshot(view: Parameters<ViewReader['snapshot']>[0], resync: boolean): void {
    if (resync) this.resyncs++;
    ({ revision: this.revision, epoch: this.epoch, incompleteSince: this.incompleteSince } = view);
    this.rows = Object.fromEntries(view.rows);
  }

  delta({ from, to, ops }: ViewDelta): void {
    expect(from).toBe(this.revision);
    this.revision = to;
    for (const op of ops) {
      if (op.op === 'put') this.rows[op.key] = op.value;
      else delete this.rows[op.key];
    }
  }

  failed(_error: unknown, final: boolean): void {
    this.failures.push(final);
  }
}

const settled = async () => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

function setUp() {
  const owner = new Owner();
  const timers: Array<() => void> = [];
  let now = 0;
  const cache = new ViewCache(
    owner.page,
    (act) => void timers.push(act),
    () => now,
  );
  return {
    owner,
    cache,
    pass: (ms: number) => (now += ms),
    tick: async () => {
      for (const act of timers.splice(0)) act();
      await settled();
    },
    join: async (cursor?: ViewCursor) => {
      const client = new Client();
      if (cursor) Object.assign(client, cursor);
      const leave = cache.subscribe('board', 'b', client, cursor);
      await settled();
      return Object.assign(client, { leave });
    },
  };
}

describe('a view that somebody looks at', () => {
  it('starts with a snapshot and goes on with deltas', async () => {
    const { owner, cache, join } = setUp();
    owner.change('card/1', 'a');
    const client = await join();
    cache.delta(owner.change('card/2', 'b'));
    expect(client).toMatchObject({ revision: 2, rows: { 'card/1': 'a', 'card/2': 'b' }, resyncs: 0 });
    expect((await join()).rows).toEqual(client.rows);
    expect(owner.reads).toBe(1);
  });

  it('says that it lacks facts as soon as its owner does, also to who resumes, until it was built anew (fault 4)', async () => {
    const { owner, cache, join, tick } = setUp();
    owner.change('card/1', 'a');
    const client = await join();
    owner.incompleteSince = 7;
    const head = { kind: 'board', id: 'b', epoch: 'e1', to: 1 };
    cache.head({ ...head, incompleteSince: 7 });
    await tick();
    expect(client).toMatchObject({ incompleteSince: 7, rows: { 'card/1': 'a' } });
    expect(await join({ epoch: 'e1', revision: 1 })).toMatchObject({ incompleteSince: 7 });
    const { reads } = owner;
    cache.head({ ...head, incompleteSince: 7 });
    await tick();
    expect(owner.reads).toBe(reads);

    [owner.epoch, owner.incompleteSince] = ['e2', undefined];
    cache.head({ ...head, epoch: 'e2' });
    await tick();
    expect(client.incompleteSince).toBeUndefined();
  });

  it('takes a late change at the revision where it stands, for who resumes there, too', async () => {
    const { owner, cache, join, tick } = setUp();
    owner.change('card/1', 'a');
    const client = await join();
    const late = { op: 'put', key: 'card/0', value: 'late' } as const;
    cache.delta({ kind: 'board', id: 'b', epoch: 'e1', from: 1, to: 1, ops: [late] });
    expect(client).toMatchObject({ revision: 1, rows: { 'card/0': 'late', 'card/1': 'a' }, resyncs: 0 });
    expect((await join({ epoch: 'e1', revision: 1 })).rows).toEqual({ 'card/0': 'late' });
    // Lost on its way, it comes with the next reading.
    owner.rows['card/0'] = 'later';
    cache.refreshAll();
    await tick();
    expect(client.rows).toMatchObject({ 'card/0': 'later' });
  });

  it('is read in pages, and what changes meanwhile is not lost', async () => {
    const { owner, cache, join } = setUp();
    for (const n of [1, 2, 3, 4, 5]) owner.change(`card/${n}`, n);
    owner.pageSize = 2;
    const open = owner.hold();
    const client = await join();
    cache.delta(owner.change('card/1', 'changed'));
    open();
    await settled();
    expect(client.rows).toEqual(owner.rows);
    expect(client.revision).toBe(6);
  });

  it('is resumed where a client stopped', async () => {
    const { owner, cache, join } = setUp();
    owner.change('card/1', 'a');
    const first = await join();
    first.leave();
    cache.delta(owner.change('card/2', 'b'));
    cache.delta(owner.change('card/3', 'c', 7));
    const again = await join({ epoch: 'e1', revision: 1 });
    expect(again).toMatchObject({ revision: 7, resyncs: 0, rows: { 'card/2': 'b', 'card/3': 'c' } });
  });

  it('says how many rows a reader begins with: none where it resumes', async () => {
    const { owner, cache, join } = setUp();
    for (const n of [1, 2, 3]) owner.change(`card/${n}`, n);
    expect(cache.rowsFor('board', 'b')).toBe(0);
    await join();
    expect(cache.rowsFor('board', 'b')).toBe(3);
    expect(cache.rowsFor('board', 'b', { epoch: 'e1', revision: 3 })).toBe(0);
    for (const cursor of [
      { epoch: 'e1', revision: 1 },
      { epoch: 'e0', revision: 3 },
    ])
      expect(cache.rowsFor('board', 'b', cursor)).toBe(3);
  });

  it.each<[string, ViewCursor]>([
    ['from the future', { epoch: 'e1', revision: 99 }],
    ['of another epoch', { epoch: 'e0', revision: 1 }],
    ['too old', { epoch: 'e1', revision: 0 }],
  ])('is sent anew to a client with a cursor %s', async (_, cursor) => {
    const { owner, join } = setUp();
    owner.change('card/1', 'a');
    expect(await join(cursor)).toMatchObject({ revision: 1, epoch: 'e1', resyncs: 1 });
  });

  it('is read again after a lost delta, without a jump for clients', async () => {
    const { owner, cache, join } = setUp();
    owner.change('card/1', 'a');
    const client = await join();
    owner.change('card/2', 'lost');
    cache.delta(owner.change('card/3', 'c'));
    await settled();
    expect(client).toMatchObject({ revision: 3, resyncs: 0, rows: owner.rows });
  });

  it('is read again when a head says that the last delta was lost, but only then', async () => {
    const { owner, cache, join, tick } = setUp();
    const client = await join();
    const delta = owner.change('card/1', 'a');
    cache.head({ kind: 'board', id: 'b', epoch: 'e1', to: 1 });
    cache.delta(delta);
    await tick();
    expect(owner.reads).toBe(1);
    owner.change('card/2', 'lost');
    cache.head({ kind: 'board', id: 'b', epoch: 'e1', to: 2 });
    await tick();
    expect(client.rows).toEqual(owner.rows);
  });

  it('is sent anew after a rebuild', async () => {
    const { owner, cache, join, tick } = setUp();
    owner.change('card/1', 'a');
    const client = await join();
    Object.assign(owner, { epoch: 'e2', rows: { 'card/1': 'rebuilt' } });
    cache.head({ kind: 'board', id: 'b', epoch: 'e2', to: 1 });
    await tick();
    expect(client).toMatchObject({ epoch: 'e2', resyncs: 1, rows: { 'card/1': 'rebuilt' } });
  });

  it('follows as soon as its owner answers again', async () => {
    const { owner, join, tick } = setUp();
    owner.failure = new Rejection('busy');
    const client = await join();
    expect(client.failures).toEqual([false]);
    owner.failure = undefined;
    owner.change('card/1', 'a');
    await tick();
    expect(client.rows).toEqual({ 'card/1': 'a' });
  });

  it('is given up when its owner refuses', async () => {
    const { owner, join, tick } = setUp();
    owner.failure = new Rejection('not_found');
    const client = await join();
    await tick();
    expect(client.failures).toEqual([true]);
    expect(owner.reads).toBe(1);
  });

  it('catches up after a broken connection', async () => {
    const { owner, cache, join } = setUp();
    const client = await join();
    owner.change('card/1', 'missed');
    cache.refreshAll();
    await settled();
    expect(client.rows).toEqual(owner.rows);
  });

  it('is let go a minute after the last look', async () => {
    const { cache, join, pass } = setUp();
    const client = await join();
    pass(120_000);
    cache.evict();
    expect(cache.size).toBe(1);
    client.leave();
    pass(59_000);
    cache.evict();
    expect(cache.size).toBe(1);
    pass(2_000);
    cache.evict();
    expect(cache.size).toBe(0);
  });
});
