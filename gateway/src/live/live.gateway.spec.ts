import 'reflect-metadata';
import {
  allViews,
  LIVE_LIMITS,
  liveRequests,
  newId,
  WINDOW_LIMITS,
  type Permission,
  type WindowSight,
} from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import type { ExecutionContext } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { WebSocket } from 'ws';
import type { GatewayConfig } from '../config.js';
import { AuthGuard } from '../http/auth.guard.js';
import type { Caller } from '../identity/caller.js';
import type { ViewReader } from '../views/view-cache.js';
import type { WindowReader } from '../views/windows.js';
import { ViewState } from '../views/pure/view-state.js';
import { LiveGateway } from './live.gateway.js';
import { LiveSocket } from './live-socket.js';

type Handler = (client: WebSocket, data: unknown) => unknown;
/** By the kind of frame that it takes. */
const handlers = new Map(
  Object.entries(Object.getOwnPropertyDescriptors(LiveGateway.prototype)).flatMap(([, { value }]) => {
    const event = typeof value === 'function' ? (Reflect.getMetadata('message', value) as string | undefined) : undefined;
    return event === undefined ? [] : [[event, value as Handler] as const];
  }),
);

interface Sent {
  event: string;
  data: Record<string, unknown>;
}
let sent: Sent[];
let closed: [code: number, reason: string][];
let client: WebSocket;
let sockets: LiveSocket[];
let redeemed: string[];
let again: Caller | undefined;
let open: number;
let limits: boolean;
let readers: { kind: string; id: string; cursor: unknown; reader: ViewReader }[];
let ended: string[];
/** Windows that are looked through. */
let looks: { kind: string; id: string; sight: WindowSight; cursor: unknown; reader: WindowReader }[];
/** What was asked of the limits, and what they answer next: ms to wait. */
let asked: unknown[][];
let waits: number[];
let gateway: LiveGateway;

const callerWith = (...permissions: Permission[]): Caller => ({
  principal: 'user:one',
  roles: [],
  groups: [],
  permissions,
  sessionId: 's',
});

/** Whether something is hidden from the caller by now. */
let hidden: boolean;
const requireAll = () => {
  if (hidden) throw new Rejection('forbidden', { detail: 'Windows are for those who see every board.' });
};

beforeEach(() => {
  hidden = false;
  jest.useFakeTimers();
  [sent, closed, sockets, redeemed, readers, ended, open, limits, again] = [[], [], [], [], [], [], 0, true, callerWith()];
  [asked, waits, looks] = [[], [], []];
  client = {
    readyState: 1,
    bufferedAmount: 0,
    send: (frame: Buffer) => void sent.push(JSON.parse(frame.toString('utf8')) as Sent),
    close: (code: number, reason: string) => void closed.push([code, reason]),
  } as unknown as WebSocket;
  const subscribe = (kind: string, id: string, reader: ViewReader, cursor: unknown) => {
    readers.push({ kind, id, cursor, reader });
    return () => void ended.push(`${kind} ${id}`);
  };
  const look = (kind: string, id: string, sight: WindowSight, reader: WindowReader, cursor: unknown) => {
    looks.push({ kind, id, sight, cursor, reader });
    return () => void ended.push(`window ${kind}`);
  };
  const redeem = async (ticket: string) => (redeemed.push(ticket), ticket === 'good' ? { sessionId: 's' } : undefined);
  const checks = {
    add: (socket: LiveSocket) => void sockets.push(socket),
    delete: (socket: LiveSocket) => void sockets.splice(sockets.indexOf(socket), 1),
    countOf: () => open,
    closeAll: async (code: number, reason: string) => sockets.forEach((socket) => socket.close(code, reason)),
  };
  gateway = new LiveGateway(
    { redeem } as never,
    { again: async () => again } as never,
    { cache: { subscribe, rowsFor: () => 20_000 }, windows: { subscribe: look } } as never,
    { listen: (id: string) => () => void ended.push(`live ${id}`) } as never,
    checks as never,
    {
      get limits() {
        return limits;
      },
    } as unknown as GatewayConfig,
    { take: (...taken: unknown[]) => (asked.push(taken), waits.shift() ?? 0) } as never,
    { seesRow: () => true, keyOf: () => '', require: () => undefined, requireAll } as never,
  );
  gateway.handleConnection(client);
});
afterEach(() => {
  jest.useRealTimers();
});

const say = (event: string, data: unknown) => handlers.get(event)!.call(gateway, client, data);
/** Whether the guard lets such a frame of the present caller through. */
async function admits(event: string): Promise<boolean | string> {
  const guard = new AuthGuard({} as never, {} as never, {} as never, {} as never);
  const context = {
    getType: () => 'ws',
    getHandler: () => handlers.get(event),
    getClass: () => LiveGateway,
    switchToWs: () => ({ getClient: () => client }),
  } as unknown as ExecutionContext;
  return guard.canActivate(context).catch((error: { code: string }) => error.code);
}
const signIn = (...permissions: Permission[]) => void (sockets[0]!.caller = callerWith(...permissions));

describe('a kind of frame', () => {
  it('has a handler for each that a client may send, and no other', () => {
    expect([...handlers.keys()].sort()).toEqual(Object.keys(liveRequests).sort());
  });

  it.each([
    ['hello', 'anybody'],
    ['ping', 'anybody'],
    ['subscribe', 'whoever has signed in'],
    ['unsubscribe', 'whoever has signed in'],
    ['unlive', 'whoever has signed in'],
    ['window', 'whoever has signed in'],
    ['unwindow', 'whoever has signed in'],
    ['live', 'run:read'],
  ])('%s is taken of %s', async (event, who) => {
    expect(await admits(event)).toBe(who === 'anybody' ? true : 'unauthenticated');
    signIn();
    expect(await admits(event)).toBe(who === 'run:read' ? 'forbidden' : true);
    signIn('run:read');
    expect(await admits(event)).toBe(true);
  });

  it.each(allViews.map(({ kind, permission }) => [kind, permission] as const))('subscribe to %s needs %s', (kind, permission) => {
    const others = [...new Set(allViews.map((view) => view.permission))].filter((other) => other !== permission);
    signIn(...others);
    expect(() => say('subscribe', { kind, id: 'all' })).toThrow(expect.objectContaining({ code: 'forbidden' }));
    expect(readers).toEqual([]);
    signIn(permission);
    say('subscribe', { kind, id: 'all' });
    expect(readers).toMatchObject([{ kind, id: 'all', cursor: undefined }]);
  });

  it.each(allViews.map(({ kind, permission }) => [kind, permission] as const))('window of %s needs %s', (kind, permission) => {
    const others = [...new Set(allViews.map((view) => view.permission))].filter((other) => other !== permission);
    signIn(...others);
    expect(() => say('window', { window: 'w1', kind, id: 'all', limit: 5 })).toThrow(
      expect.objectContaining({ code: 'forbidden' }),
    );
    expect(looks).toEqual([]);
  });

  it.each([
    ['hello', { ticket: '' }],
    ['subscribe', { kind: 'board' }],
    ['subscribe', { kind: 'board', id: 'all', revision: -1 }],
    ['unsubscribe', { id: 'all' }],
    ['live', { kind: 'run', id: newId() }],
    ['unlive', { kind: 'task' }],
    ['window', { window: 'w1', kind: 'run-list', id: 'all' }],
    ['window', { window: 'w1', kind: 'run-list', id: 'all', limit: 1, filter: { state: [] } }],
    ['unwindow', {}],
  ])('%s of another form is refused', async (event, data) => {
    signIn('board:read', 'run:read');
    await expect((async () => say(event, data))()).rejects.toMatchObject({ code: 'invalid' });
  });
});

it('a window shows nothing more from the moment on at which something is hidden from who looks', () => {
  signIn('run:read');
  say('window', { window: 'w1', kind: 'run-list', id: 'all', limit: 5 });
  const delta = { epoch: 'e1', from: 1, to: 2, total: 1, offset: 0, ops: [] };
  looks[0]!.reader.delta(delta);
  expect(sent.map(({ event }) => event)).toEqual(['window_delta']);
  hidden = true;
  looks[0]!.reader.delta({ ...delta, from: 2, to: 3 });
  expect(sent.slice(1)).toMatchObject([{ event: 'error', data: { code: 'forbidden', window: 'w1' } }]);
  expect(ended).toEqual(['window run-list']);
});

describe('hello', () => {
  it('makes the socket its holder’s, once', async () => {
    again = { ...callerWith('board:read'), user: { userId: newId(), name: 'one', roles: [] } };
    await say('hello', { ticket: 'good' });
    expect(sent).toEqual([{ event: 'welcome', data: { principal: 'user:one', user: again.user } }]);
    expect(sockets[0]!.caller).toBe(again);
    await say('hello', { ticket: 'good' });
    expect(redeemed).toEqual(['good']);
    expect(closed).toEqual([[1008, 'the ticket is not valid']]);
  });

  it('of a token welcomes without a user', async () => {
    await say('hello', { ticket: 'good' });
    expect(sent).toEqual([{ event: 'welcome', data: { principal: 'user:one' } }]);
  });

  it.each([
    ['a ticket that is not valid', 'bad', callerWith()],
    ['a holder who has signed out since', 'good', undefined],
  ])('with %s closes the socket', async (_, ticket, holder) => {
    again = holder;
    await say('hello', { ticket });
    expect(closed).toEqual([[1008, 'the ticket is not valid']]);
    expect(sockets[0]!.caller).toBeUndefined();
  });

  it('is one of a hundred of the same person at most', async () => {
    open = 100;
    await say('hello', { ticket: 'good' });
    expect(closed).toEqual([[1008, 'too many connections of the same person']]);
  });

  it('is the hundredth, or any where nothing is limited', async () => {
    open = 99;
    await say('hello', { ticket: 'good' });
    expect(closed).toEqual([]);
    sockets[0]!.caller = undefined;
    [open, limits] = [500, false];
    await say('hello', { ticket: 'good' });
    expect(closed).toEqual([]);
  });

  it('has five seconds', async () => {
    jest.advanceTimersByTime(LIVE_LIMITS.helloWithinMs - 1);
    expect(closed).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(closed).toEqual([[1008, 'no hello in time']]);
  });

  it('in time keeps the socket open', async () => {
    await say('hello', { ticket: 'good' });
    jest.advanceTimersByTime(LIVE_LIMITS.helloWithinMs);
    expect(closed).toEqual([]);
  });
});

describe('what a socket listens to', () => {
  beforeEach(() => signIn('board:read', 'run:read'));
  const id = newId();

  it('is resumed where it says both epoch and revision', () => {
    say('subscribe', { kind: 'board', id, epoch: 'e1', revision: 0 });
    say('subscribe', { kind: 'board', id, epoch: 'e1' });
    expect(readers.map(({ cursor }) => cursor)).toEqual([{ epoch: 'e1', revision: 0 }, undefined]);
    // The one before it ends first.
    expect(ended).toEqual([`board ${id}`]);
  });

  it('ends when it says so, each by itself', () => {
    say('subscribe', { kind: 'board', id });
    say('live', { kind: 'task', id });
    say('live', { kind: 'task', id });
    expect(ended).toEqual([`live ${id}`]);
    say('unsubscribe', { kind: 'board', id });
    expect(ended).toEqual([`live ${id}`, `board ${id}`]);
    say('unlive', { kind: 'task', id });
    expect(ended).toEqual([`live ${id}`, `board ${id}`, `live ${id}`]);
  });

  it('ends where its owner refuses it for good', () => {
    say('subscribe', { kind: 'board', id });
    readers[0]!.reader.failed(new Error('gone'), true);
    expect(ended).toEqual([`board ${id}`]);
  });

  it('has its turn, where it is large, within its person’s share', async () => {
    waits = [500, 200];
    const subscribed = say('subscribe', { kind: 'board', id });
    await jest.advanceTimersByTimeAsync(699);
    expect(readers).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    await subscribed;
    expect(readers).toHaveLength(1);
    expect(asked).toEqual(Array.from({ length: 3 }, () => ['user:one', 'read', 100]));
  });

  it('has no turn once its socket is closed', async () => {
    waits = [500];
    void say('subscribe', { kind: 'board', id });
    sockets[0]!.close(1000, 'gone');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(readers).toEqual([]);
  });

  it('begins anew without what is left of the parts of before', () => {
    const left: (() => void)[] = [];
    client.send = ((frame: Buffer, _: object, gone?: () => void) => {
      sent.push(JSON.parse(frame.toString('utf8')) as Sent);
      if (gone) left.push(gone);
    }) as WebSocket['send'];
    const rows = new Map(['card/0', 'card/1'].map((key) => [key, 'x'.repeat(150 * 1024)]));
    say('subscribe', { kind: 'board', id });
    readers[0]!.reader.snapshot(new ViewState('board', id, 'e1', 1, rows), false);
    say('subscribe', { kind: 'board', id });
    left[0]!();
    expect(sent.map(({ event }) => event)).toEqual(['snapshot']);
  });

  it('ends with the socket', () => {
    say('subscribe', { kind: 'board', id });
    say('live', { kind: 'task', id });
    gateway.handleDisconnect(client);
    expect(ended).toEqual([`board ${id}`, `live ${id}`]);
    expect(sockets).toEqual([]);
    gateway.handleDisconnect({} as WebSocket);
  });

  it('are two hundred things at most', () => {
    for (let n = 0; n < LIVE_LIMITS.subscriptions; n++) say('subscribe', { kind: 'board', id: String(n) });
    expect(() => say('live', { kind: 'task', id })).toThrow(
      expect.objectContaining({ code: 'too_many', details: expect.objectContaining({ limit: 200 }) }),
    );
    expect(ended).toEqual([`live ${id}`]);
    say('subscribe', { kind: 'board', id: '7' });
  });
});

describe('a window', () => {
  const window = { window: 'w1', kind: 'run-list', id: 'all', limit: 100 };
  beforeEach(() => signIn('run:read', 'board:read'));

  it('is opened with what is asked for and what its client holds, and costs what its rows do', async () => {
    await say('window', { ...window, filter: { state: ['failed'] }, text: ' Deploy', epoch: 'e1', revision: 7 });
    expect(looks).toMatchObject([{ kind: 'run-list', id: 'all', cursor: { epoch: 'e1', revision: 7 } }]);
    expect(looks[0]!.sight).toMatchObject({ words: 'deploy', asked: { filter: { state: ['failed'] }, limit: 100 } });
    expect(asked).toEqual([['user:one', 'read', 1]]);
    await say('window', { ...window, window: 'w2', limit: 500 });
    expect(asked[1]).toEqual(['user:one', 'read', 3]);
  });

  it('takes the place of one of its name, and ends with the socket', () => {
    say('window', window);
    say('window', { ...window, offset: 100 });
    expect(ended).toEqual(['window run-list']);
    say('unwindow', { window: 'w1' });
    expect(ended).toHaveLength(2);
    say('window', window);
    gateway.handleDisconnect(client);
    expect(ended).toHaveLength(3);
  });

  it.each([
    [{ limit: 501 }, 'invalid', 'limit', 500],
    [{ offset: 10_000_001 }, 'invalid', 'offset', 10_000_000],
    [{ text: 'x'.repeat(201) }, 'invalid', 'text', 200],
    [{ filter: Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`f${n}`, ['x']])) }, 'invalid', 'filter', 5],
    [{ filter: { state: Array.from({ length: 51 }, () => 'x') } }, 'invalid', 'filter.state', 50],
    [{ filter: { version: ['1'] } }, 'unknown_field', 'filter.version', undefined],
    [{ order: '-state' }, 'unknown_field', 'order', undefined],
    [{ kind: 'board' }, 'unknown_field', 'kind', undefined],
  ])('of %j is refused with the field and its limit', (change, code, field, limit) => {
    expect(() => say('window', { ...window, ...change })).toThrow(
      expect.objectContaining({ code, details: expect.objectContaining({ field, ...(limit && { limit }) }) }),
    );
    expect(looks).toEqual([]);
  });

  it('is one of fifty of a socket at most', () => {
    for (let n = 0; n < WINDOW_LIMITS.windows; n++) say('window', { ...window, window: `w${n}` });
    expect(() => say('window', { ...window, window: 'more' })).toThrow(
      expect.objectContaining({ code: 'too_many', details: expect.objectContaining({ field: 'window', limit: 50 }) }),
    );
    say('window', { ...window, window: 'w7' });
  });
});

it('answers a ping', () => {
  say('ping', {});
  expect(sent).toEqual([{ event: 'pong', data: {} }]);
});

it('sends everybody away when it ends: they come back by themselves', async () => {
  await gateway.beforeApplicationShutdown();
  expect(closed).toEqual([[1012, 'restarting']]);
});
