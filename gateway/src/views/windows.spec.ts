import { describe, expect, it } from '@jest/globals';
import { runListView, WindowSight, type ViewDelta, type ViewOp, type WindowAsked, type WindowPage } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import fc from 'fast-check';
import type { WindowState } from './pure/window-state.js';
import { Windows, type WindowDelta, type WindowReader } from './windows.js';

interface Row {
  name: string;
  state: string;
  startedAt?: string;
}
const STATES = ['running', 'failed', 'succeeded'];

/** Filtered and ordered by the plainest means there are. */
function whole(rows: Map<string, Row>, { filter = {}, text = '', order = '-startedAt' }: WindowAsked): [string, Row][] {
  const field = order.replace('-', '') as keyof Row;
  const found = [...rows].filter(
    ([key, row]) =>
      key.startsWith('run/') &&
      (filter['state'] ?? STATES).includes(row.state) &&
      row.name.toLowerCase().includes(text.toLowerCase()),
  );
  const bytes = ([key, row]: [string, Row]) => Buffer.from(`${row[field] ?? ''}\u0000${key}`);
  found.sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
  return order.startsWith('-') ? found.reverse() : found;
}

/** The owner of one view: answers to windows wait until they are let out, as deltas do on their way to each gateway. */
class Owner {
  epoch = 'e1';
  revision = 1;
  readonly rows = new Map<string, Row>();
  failure: Error | undefined;
  /** What was asked, rows and counts. */
  readonly asked: WindowAsked[] = [];
  readonly answers: (() => void)[] = [];

  change(ops: [key: string, row: Row | undefined][]): ViewDelta {
    const from = this.revision;
    this.revision += 2;
    for (const [key, row] of ops)
      if (row) this.rows.set(key, row);
      else this.rows.delete(key);
    const changed = ops.map(([key, value]): ViewOp => (value ? { op: 'put', key, value } : { op: 'del', key }));
    return { kind: 'run-list', id: 'all', epoch: this.epoch, from, to: this.revision, ops: changed };
  }

  readonly read = (kind: string, id: string, asked: WindowAsked): Promise<WindowPage> =>
    new Promise((resolve, reject) => {
      this.asked.push(asked);
      const { failure } = this;
      if (failure) return reject(failure);
      // The moment that it shows is that of the question or that of the answer, by turns.
      const early = this.asked.length % 2 === 0 ? this.page(kind, id, asked) : undefined;
      this.answers.push(() => resolve(early ?? this.page(kind, id, asked)));
    });

  private page(kind: string, id: string, asked: WindowAsked): WindowPage {
    const all = whole(this.rows, asked);
    const { from, limit } = asked;
    const sight = new WindowSight(runListView.window, asked);
    const before = from ? all.filter(([key, row]) => sight.compare(sight.place(key, row), from) < 0).length : (asked.offset ?? 0);
    const offset = Math.min(before, all.length);
    const { epoch, revision } = this;
    return {
      kind,
      id,
      epoch,
      revision,
      total: all.length,
      offset,
      limit,
      rows: all.slice(offset, offset + limit).map(([key, one]) => ({ key, row: one })),
    };
  }
}

/** Somebody who looks through a window, follows the protocol and complains when it is broken. */
class Looker implements WindowReader {
  rows = new Map<string, Row>();
  revision = -1;
  epoch = '';
  total = -1;
  offset = -1;
  frames = 0;
  failures: boolean[] = [];
  leave: () => void = () => undefined;

  constructor(
    readonly windows: Windows,
    public asked: WindowAsked,
  ) {}

  look(asked: WindowAsked, cursor?: { epoch: string; revision: number }): this {
    this.leave();
    this.asked = asked;
    this.leave = this.windows.subscribe('run-list', 'all', new WindowSight(runListView.window, asked), this, cursor);
    return this;
  }

  /** Comes back to where it was, as after a cut. */
  resume(): void {
    const [first] = this.shown();
    const { offset = 0, from, ...rest } = this.asked;
    const field = (this.asked.order ?? '-startedAt').replace('-', '') as keyof Row;
    const place = first && { value: first[1][field] ?? '', key: first[0] };
    const stays = (offset > 0 || from) && place ? { ...rest, from: place } : this.asked;
    const { epoch, revision } = this;
    this.look(stays, revision >= 0 ? { epoch, revision } : undefined);
  }

  snapshot({ rows, revision, epoch, total, offset }: WindowState): void {
    this.frames++;
    Object.assign(this, { rows: new Map(rows), revision, epoch, total, offset });
  }

  delta({ epoch, from, to, total, offset, ops }: WindowDelta): void {
    this.frames++;
    expect([epoch, from]).toEqual([this.epoch, this.revision]);
    for (const op of ops)
      if (op.op === 'put') this.rows.set(op.key, op.value as Row);
      else this.rows.delete(op.key);
    Object.assign(this, { revision: to, total, offset });
  }

  failed(_error: unknown, final: boolean): void {
    this.failures.push(final);
  }

  shown(): [string, Row][] {
    return whole(this.rows, this.asked);
  }
}

const settled = async () => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

/** A gateway with the deltas that are on their way to it. */
class Gateway {
  readonly timers: (() => void)[] = [];
  readonly onTheirWay: ViewDelta[] = [];
  readonly windows: Windows;
  now = 0;

  constructor(owner: Owner) {
    this.windows = new Windows(
      owner.read,
      (act) => void this.timers.push(act),
      () => this.now,
    );
  }

  arrives(): void {
    const delta = this.onTheirWay.shift();
    if (delta) this.windows.delta(delta);
  }

  tick(): void {
    this.now += 1_000;
    for (const act of this.timers.splice(0)) act();
  }
}

const run = (n: number) => `run/${n}`;
const row: fc.Arbitrary<Row> = fc.record(
  {
    name: fc.constantFrom('a', 'B', 'ab', '\uffee', '😀'),
    state: fc.constantFrom(...STATES),
    startedAt: fc.constantFrom('1', '2', '3', '4'),
  },
  { requiredKeys: ['name', 'state'] },
);
const ops = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 15 }).map(run), fc.option(row, { nil: undefined })), {
  selector: ([key]) => key,
  minLength: 1,
  maxLength: 4,
});
const asked: fc.Arbitrary<WindowAsked> = fc.record(
  {
    filter: fc.record({ state: fc.uniqueArray(fc.constantFrom(...STATES), { minLength: 1 }) }),
    text: fc.constantFrom('a', 'b'),
    order: fc.constantFrom('startedAt', '-startedAt', 'name', '-name'),
    offset: fc.integer({ min: 0, max: 10 }),
    limit: fc.integer({ min: 0, max: 5 }),
  },
  { requiredKeys: ['limit'] },
);
const who = fc.integer({ min: 0, max: 3 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('change' as const), ops }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('arrive' as const), at: who }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('answer' as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('tick' as const), at: who }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('look' as const), who, asked }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('cut' as const, 'lose' as const, 'reconnect' as const), who }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('rebuild' as const) }) },
);

it('a window shows what the filtered and ordered whole has there, under any interleaving of changes, looks and cuts', async () => {
  const play = async (first: [string, Row | undefined][], steps: (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) => {
    const owner = new Owner();
    owner.change(first);
    const gateways = [new Gateway(owner), new Gateway(owner)];
    const lookers = [0, 1, 0, 1].map((at) => new Looker(gateways[at]!.windows, { limit: 3 }).look({ limit: 3 }));
    const at = (n: number) => gateways[n % 2]!;
    for (const one of steps) {
      if (one.does === 'change') {
        const delta = owner.change(one.ops);
        for (const { onTheirWay } of gateways) onTheirWay.push(delta);
      } else if (one.does === 'arrive') at(one.at).arrives();
      else if (one.does === 'tick') at(one.at).tick();
      else if (one.does === 'answer') owner.answers.shift()?.();
      else if (one.does === 'look') lookers[one.who]!.look(one.asked);
      else if (one.does === 'cut') lookers[one.who]!.resume();
      else if (one.does === 'lose') at(one.who).onTheirWay.shift();
      else if (one.does === 'reconnect') at(one.who).windows.refreshAll();
      else owner.epoch = `e${owner.revision}`;
      await settled();
    }
    const { epoch, revision } = owner;
    for (let n = 0; n < 12; n++) {
      for (const gateway of gateways) {
        while (gateway.onTheirWay.length > 0) gateway.arrives();
        // The last delta may have been lost.
        gateway.windows.head({ kind: 'run-list', id: 'all', epoch, to: revision });
        gateway.tick();
      }
      await settled();
      for (const answer of owner.answers.splice(0)) answer();
      await settled();
    }
    for (const looker of lookers) {
      const all = whole(owner.rows, looker.asked);
      expect(looker.total).toBe(all.length);
      expect(looker.shown()).toEqual(all.slice(looker.offset, looker.offset + looker.asked.limit));
      if (!looker.asked.from && !looker.asked.offset) expect(looker.offset).toBe(0);
      looker.leave();
    }
    expect(gateways.map(({ windows }) => windows.size)).toEqual([0, 0]);
  };
  await fc.assert(fc.asyncProperty(ops, fc.array(step, { maxLength: 60 }), play), { numRuns: 300 });
});

describe('a window', () => {
  function setUp(count = 10) {
    const owner = new Owner();
    owner.change(Array.from({ length: count }, (_, n) => [run(n), { name: 'n', state: 'running', startedAt: String(n) }]));
    const gateway = new Gateway(owner);
    const answer = async () => {
      await settled();
      for (const one of owner.answers.splice(0)) one();
      await settled();
    };
    const change = async (...changed: [string, Row | undefined][]) => {
      gateway.windows.delta(owner.change(changed));
      gateway.tick();
      await answer();
    };
    return { owner, gateway, answer, change };
  }
  const other = { name: 'other', state: 'running', startedAt: '5' };

  it('is read once for all who ask for the same', async () => {
    const { owner, gateway, answer } = setUp();
    const lookers = [1, 2].map(() => new Looker(gateway.windows, { limit: 3 }).look({ limit: 3 }));
    await answer();
    lookers.push(new Looker(gateway.windows, { limit: 3 }).look({ limit: 3 }));
    expect(lookers.map(({ total, rows }) => [total, [...rows.keys()]])).toEqual(
      lookers.map(() => [10, ['run/9', 'run/8', 'run/7']]),
    );
    expect(owner.asked).toHaveLength(1);
  });

  it('is told of a change outside it as a count, and asks its owner for no more', async () => {
    const { owner, gateway, answer, change } = setUp();
    const looker = new Looker(gateway.windows, { limit: 3 }).look({ limit: 3 });
    await answer();
    await change(['run/5b', other]);
    expect(owner.asked.map(({ limit }) => limit)).toEqual([3, 0]);
    expect(looker).toMatchObject({ total: 11, offset: 0, frames: 2, revision: owner.revision });
  });

  it('passes on what happens to a row that stays where it is, and asks its owner for nothing', async () => {
    const { owner, gateway, answer, change } = setUp();
    const looker = new Looker(gateway.windows, { limit: 3 }).look({ limit: 3 });
    await answer();
    await change(['run/8', { name: 'changed', state: 'running', startedAt: '8' }]);
    expect(owner.asked).toHaveLength(1);
    expect(looker.rows.get('run/8')).toMatchObject({ name: 'changed' });
  });

  it('stays with its rows while others come and go before it', async () => {
    const { gateway, answer, change } = setUp();
    const looker = new Looker(gateway.windows, { offset: 4, limit: 2 }).look({ offset: 4, limit: 2 });
    await answer();
    await change(['run/a', { ...other, startedAt: '99' }], ['run/b', { ...other, startedAt: '98' }]);
    expect(looker).toMatchObject({ offset: 6, total: 12 });
    expect([...looker.rows.keys()]).toEqual(['run/5', 'run/4']);
    // Who scrolls to that place now gets what stands there now.
    const next = new Looker(gateway.windows, { offset: 4, limit: 2 }).look({ offset: 4, limit: 2 });
    await answer();
    expect([...next.rows.keys()]).toEqual(['run/7', 'run/6']);
  });

  it('sends nothing again to who comes back and missed nothing', async () => {
    const { gateway, answer } = setUp();
    const stays = new Looker(gateway.windows, { limit: 3 }).look({ limit: 3 });
    const looker = new Looker(gateway.windows, { limit: 3 }).look({ limit: 3 });
    await answer();
    looker.resume();
    await answer();
    expect(looker.frames).toBe(2);
    expect(looker.rows).toEqual(stays.rows);
  });

  it('keeps the rows of its range alone, however many there are', async () => {
    const { gateway, answer, change } = setUp(500);
    new Looker(gateway.windows, { limit: 3 }).look({ limit: 3 });
    await answer();
    for (let n = 0; n < 20; n++) await change([`run/new${n}`, { ...other, startedAt: `9999${n}` }]);
    const [entry] = [
      ...(gateway.windows as unknown as { entries: Map<string, Set<{ state: WindowState }>> }).entries.values(),
    ][0]!;
    expect(entry!.state.rows.size).toBe(3);
  });

  it('is read at most ten times a second', async () => {
    const { owner, gateway, answer } = setUp();
    new Looker(gateway.windows, { limit: 3 }).look({ limit: 3 });
    await answer();
    for (let n = 0; n < 50; n++) {
      gateway.windows.delta(owner.change([[`run/x${n}`, { ...other, startedAt: '99' }]]));
      await answer();
    }
    expect(owner.asked).toHaveLength(1);
    gateway.tick();
    await answer();
    expect(owner.asked).toHaveLength(2);
  });

  it('follows as soon as its owner answers again, and is given up when its owner refuses', async () => {
    const { owner, gateway, answer } = setUp();
    owner.failure = new Rejection('busy');
    const looker = new Looker(gateway.windows, { limit: 3 }).look({ limit: 3 });
    await answer();
    expect(looker.failures).toEqual([false]);
    owner.failure = undefined;
    gateway.tick();
    gateway.tick();
    await answer();
    expect(looker.rows.size).toBe(3);
    owner.failure = new Rejection('forbidden');
    const refused = new Looker(gateway.windows, { limit: 2 }).look({ limit: 2 });
    await answer();
    expect(refused.failures).toEqual([true]);
  });
});
