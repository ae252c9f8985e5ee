import type { ViewDelta } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { ViewState } from '../views/pure/view-state.js';
import { LiveSocket } from './live-socket.js';
import { ViewSubscription } from './view-subscription.js';

interface Frame {
  event: string;
  data: {
    rows?: Record<string, unknown>;
    ops?: ViewDelta['ops'];
    from?: number;
    to?: number;
    more?: boolean;
  };
}

const KIB = 1024;
const row = (bytes: number, text = 'x') => ({ text: text.repeat(bytes) });

let frames: Frame[];
let sizes: number[];
/** Told when a frame has left, in the order of the frames. */
let left: ((error?: Error) => void)[];
let givenUp: number;
let subscription: ViewSubscription;

beforeEach(() => {
  [frames, sizes, left, givenUp] = [[], [], [], 0];
  const client = {
    readyState: 1,
    bufferedAmount: 0,
    send(frame: Buffer, _options: object, sent?: (error?: Error) => void) {
      frames.push(JSON.parse(frame.toString('utf8')) as Frame);
      sizes.push(frame.byteLength);
      if (sent) left.push(sent);
    },
  };
  subscription = new ViewSubscription(new LiveSocket(client as unknown as WebSocket), 'board', 'b1', () => void givenUp++);
});

const view = (rows: Record<string, unknown>, revision = 5, incompleteSince?: number) =>
  new ViewState('board', 'b1', 'e1', revision, new Map(Object.entries(rows)), incompleteSince);
const large = (count = 4) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`card/${n}`, row(100 * KIB)]));
const change = (from: number, to: number, key = 'card/0', value: unknown = to): ViewDelta => ({
  ...{ kind: 'board', id: 'b1', epoch: 'e1', from, to },
  ops: [{ op: 'put', key, value }],
});
/** What somebody holds who applied every frame. */
function held(): Record<string, unknown> {
  const rows: Record<string, unknown> = {};
  for (const { event, data } of frames) {
    if (event === 'snapshot') for (const key of Object.keys(rows)) delete rows[key];
    Object.assign(rows, data.rows);
    for (const op of data.ops ?? []) if (op.op === 'put') rows[op.key] = op.value;
  }
  return rows;
}

describe('a view on its way to a socket', () => {
  it('goes in one frame while it is small', () => {
    subscription.snapshot(view({ 'card/1': { n: 1 } }), false);
    const data = { kind: 'board', id: 'b1', epoch: 'e1', revision: 5, rows: { 'card/1': { n: 1 } } };
    expect(frames).toEqual([{ event: 'snapshot', data }]);
    subscription.delta(change(5, 6));
    expect(frames[1]).toEqual({ event: 'delta', data: change(5, 6) });
  });

  it('that has no rows is told, too', () => {
    subscription.snapshot(view({}, 0), false);
    expect(frames).toEqual([{ event: 'snapshot', data: { kind: 'board', id: 'b1', epoch: 'e1', revision: 0, rows: {} } }]);
  });

  it('says that it starts anew, and what it lacks', () => {
    subscription.snapshot(view({}, 5, 3), true);
    expect(frames).toEqual([
      { event: 'resync_required', data: { kind: 'board', id: 'b1' } },
      {
        event: 'snapshot',
        data: { kind: 'board', id: 'b1', epoch: 'e1', revision: 5, incompleteSince: 3, rows: {} },
      },
    ]);
  });

  it('goes in parts while it is large, each once the one before has left, the last one said to be', () => {
    subscription.snapshot(view(large()), false);
    for (let n = 0; n < 4; n++) {
      expect(frames).toHaveLength(n + 1);
      left[n]!();
    }
    expect(frames.map(({ event, data }) => [event, data.more])).toEqual([
      ['snapshot', true],
      ['delta', true],
      ['delta', true],
      ['delta', undefined],
    ]);
    expect(frames.slice(1).map(({ data }) => [data.from, data.to])).toEqual([
      [5, 5],
      [5, 5],
      [5, 5],
    ]);
    expect(held()).toEqual(large());
  });

  it('fills its parts up to 192 KiB of rows as they are written', () => {
    const key = 'card/0';
    const text = (bytes: number) => row(bytes - Buffer.byteLength(JSON.stringify([key, row(0)])));
    subscription.snapshot(view({ [key]: text(96 * KIB), 'card/1': text(96 * KIB) }), false);
    expect(frames).toHaveLength(1);
    expect(frames[0]!.data.more).toBeUndefined();
    subscription.snapshot(view({ [key]: text(96 * KIB), 'card/1': text(96 * KIB + 1) }), false);
    expect(Object.keys(frames[1]!.data.rows!)).toEqual([key]);
    // Two bytes each in UTF-8.
    subscription.snapshot(view({ a: row(60 * KIB, 'é'), b: row(60 * KIB, 'é') }), false);
    expect(Object.keys(frames[2]!.data.rows!)).toEqual(['a']);
    expect(Math.max(...sizes)).toBeLessThan(200 * KIB);
  });
});

it('a large view is written part by part, not all of it for whoever asks', () => {
  let written = 0;
  const counted = { toJSON: () => (written++, 'x'.repeat(100 * KIB)) };
  subscription.snapshot(view(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`card/${n}`, counted]))), false);
  expect(written).toBeLessThan(5);
});

describe('deltas that overtake the parts of a large view', () => {
  it('wait for the last part, and follow it in their order', () => {
    subscription.snapshot(view(large()), false);
    left[0]!();
    subscription.delta(change(5, 6, 'card/3'));
    subscription.delta(change(6, 8, 'card/1'));
    left[1]!();
    left[2]!();
    expect(frames).toHaveLength(4);
    left[3]!();
    expect(frames.slice(4).map(({ data }) => [data.from, data.to])).toEqual([
      [5, 6],
      [6, 8],
    ]);
    expect(held()).toEqual({ ...large(), 'card/3': 6, 'card/1': 8 });
    subscription.delta(change(8, 9, 'card/2'));
    expect(held()).toMatchObject({ 'card/2': 9 });
  });

  it('are forgotten with the parts that are left when another snapshot takes their place', () => {
    subscription.snapshot(view(large()), false);
    left[0]!();
    subscription.delta(change(5, 6, 'card/3'));
    subscription.snapshot(view({ 'card/3': 'new' }, 7), true);
    const count = frames.length;
    left[1]!();
    expect(frames).toHaveLength(count);
    expect(held()).toEqual({ 'card/3': 'new' });
    subscription.delta(change(7, 8, 'card/4'));
    expect(held()).toEqual({ 'card/3': 'new', 'card/4': 8 });
  });

  it('are not kept beyond two thousand: the view is sent again as it is then', () => {
    const state = view(large(2));
    subscription.snapshot(state, false);
    for (let n = 0; n < 2_001; n++) {
      const delta = change(5 + n, 6 + n, 'count');
      state.apply(delta);
      subscription.delta(delta);
    }
    left[0]!();
    left[1]!();
    expect(frames.slice(2).map(({ event }) => event)).toEqual(['resync_required', 'snapshot']);
    left[2]!();
    left[3]!();
    expect(held()).toEqual({ ...large(2), count: 2_006 });
  });

  it('take no more memory the longer a reader takes', () => {
    subscription.snapshot(view(large(2)), false);
    for (let n = 0; n < 10_000; n++) subscription.delta(change(5 + n, 6 + n, 'count'));
    expect(subscription).toMatchObject({ waiting: { length: 2_001 } });
  });

  it('are two thousand at most', () => {
    const state = view(large(2));
    subscription.snapshot(state, false);
    for (let n = 0; n < 2_000; n++) subscription.delta(change(5 + n, 6 + n, 'count'));
    left[0]!();
    left[1]!();
    expect(frames).toHaveLength(2_002);
  });

  it('end with the subscription, as do the parts that are left: the view may begin anew on the same socket', () => {
    subscription.snapshot(view(large()), false);
    left[0]!();
    subscription.delta(change(5, 6));
    subscription.end();
    for (const sent of left) sent();
    expect(frames).toHaveLength(2);
  });

  it('end with a part that could not be sent', () => {
    subscription.snapshot(view(large()), false);
    subscription.delta(change(5, 6));
    left[0]!(new Error('closed'));
    expect(frames).toHaveLength(1);
  });
});

describe('a view that cannot be had', () => {
  it('is given up where its owner refuses it, with what the owner says', () => {
    subscription.failed(new Rejection('not_found', { detail: 'There is no such board.' }), true);
    expect(frames).toEqual([
      { event: 'error', data: { code: 'not_found', kind: 'board', id: 'b1', detail: expect.any(String) } },
    ]);
    expect(givenUp).toBe(1);
  });

  it('is waited for where its owner does not answer, and nothing of the fault is told', () => {
    subscription.failed(new Error('connect ECONNREFUSED'), false);
    const detail = 'It does not answer right now; it follows as soon as it does.';
    expect(frames).toEqual([{ event: 'error', data: { code: 'busy', kind: 'board', id: 'b1', detail } }]);
    expect(givenUp).toBe(0);
  });
});
