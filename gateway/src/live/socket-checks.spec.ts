import { EventEmitter } from 'node:events';
import type { Permission } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { WebSocket } from 'ws';
import type { Caller } from '../identity/caller.js';
import { LiveSocket } from './live-socket.js';
import { SocketChecks } from './socket-checks.js';

class Client extends EventEmitter {
  readonly CLOSED = 3;
  readyState = 1;
  bufferedAmount = 0;
  readonly closed: [code: number, reason: string][] = [];
  readonly sent: unknown[] = [];
  pings = 0;
  ended = false;
  answers = true;

  send(frame: Buffer): void {
    this.sent.push(JSON.parse(frame.toString('utf8')));
  }
  close(code: number, reason: string): void {
    this.closed.push([code, reason]);
    this.readyState = 2;
    setTimeout(() => this.gone(), 100);
  }
  terminate(): void {
    this.ended = true;
  }
  ping(): void {
    this.pings++;
    if (this.answers) this.emit('pong');
  }
  private gone(): void {
    this.readyState = 3;
    this.emit('close');
  }
}

let stop: AbortController;
let asked: Caller[];
let again: (caller: Caller) => Caller | undefined;
let link: { cutOff: boolean };
let checks: SocketChecks;

beforeEach(() => {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'queueMicrotask'],
    now: Date.parse('2026-11-22T10:00:00.000Z'),
  });
  [stop, asked, again, link] = [new AbortController(), [], (caller) => caller, { cutOff: false }];
  const authenticator = {
    again: async (caller: Caller) => {
      asked.push(caller);
      return again(caller);
    },
  };
  const background = {
    run: (_: string, task: (signal: AbortSignal) => Promise<void>) => void task(stop.signal),
  };
  checks = new SocketChecks(authenticator as never, background as never, link as never, { keyOf: () => hidden } as never);
  checks.onApplicationBootstrap();
});
afterEach(() => {
  stop.abort();
  jest.useRealTimers();
});

let hidden = '';
const callerOf = (more: Partial<Caller> = {}): Caller => ({
  principal: 'user:one',
  roles: [],
  groups: [],
  permissions: ['board:read', 'run:read'],
  sessionId: 's1',
  ...more,
});
function open(caller?: Caller): { client: Client; socket: LiveSocket } {
  const client = new Client();
  const socket = new LiveSocket(client as unknown as WebSocket);
  if (caller) [socket.caller, socket.checkedAt] = [caller, performance.now()];
  checks.add(socket);
  return { client, socket };
}
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('the rights of an open socket', () => {
  it('are asked for every two seconds, once for all sockets of a session or token', async () => {
    for (const caller of [callerOf(), callerOf(), callerOf({ sessionId: 's2' })]) open(caller);
    const { sessionId: _, ...token } = callerOf({ tokenId: 't1' });
    open(token);
    open();
    await pass(1_999);
    expect(asked).toEqual([]);
    await pass(1);
    expect(asked.map(({ sessionId, tokenId }) => sessionId ?? tokenId)).toEqual(['s1', 's2', 't1']);
    await pass(2_000);
    expect(asked).toHaveLength(6);
  });

  it('that are the same keep it open, in whatever order they are named', async () => {
    const { client } = open(callerOf());
    again = () => callerOf({ permissions: ['run:read', 'board:read'] });
    await pass(10_000);
    expect(client.closed).toEqual([]);
  });

  it('close it when other things are hidden from its person than before', async () => {
    const { client } = open(callerOf());
    hidden = 'a board';
    await pass(2_000);
    expect(client.closed).toEqual([[1008, 'rights have changed']]);
    hidden = '';
  });

  it.each<[string, Permission[]]>([
    ['fewer', ['board:read']],
    ['more', ['board:read', 'run:read', 'ops:read']],
    ['others', ['board:read', 'ops:read']],
  ])('that are %s close it, with all of its session', async (_, permissions) => {
    const clients = [open(callerOf()).client, open(callerOf()).client];
    again = () => callerOf({ permissions });
    await pass(2_000);
    for (const { closed } of clients) expect(closed).toEqual([[1008, 'rights have changed']]);
  });

  it('of who has signed out close it', async () => {
    const { client } = open(callerOf());
    again = () => undefined;
    await pass(2_000);
    expect(client.closed).toEqual([[1008, 'signed out']]);
  });

  it('that cannot be checked keep it open for a minute since they were seen', async () => {
    const { client } = open(callerOf());
    await pass(4_000);
    again = () => {
      throw new Error('connection refused');
    };
    await pass(60_000);
    expect(client.closed).toEqual([]);
    await pass(2_000);
    expect(client.closed).toEqual([[1013, 'rights cannot be checked']]);
  });

  it('that end within a minute are told, once', async () => {
    const expiresAt = new Date('2026-11-22T10:01:10.000Z');
    const { client } = open(callerOf({ expiresAt }));
    await pass(8_000);
    expect(client.sent).toEqual([]);
    await pass(10_000);
    expect(client.sent).toEqual([{ event: 'reauth', data: { at: '2026-11-22T10:01:10.000Z' } }]);
  });

  it('are not asked for while it is cut off from the services: everybody comes back', async () => {
    link.cutOff = true;
    const { client } = open(callerOf());
    await pass(2_000);
    expect(client.closed).toEqual([[1013, 'cut off from the services']]);
    expect(asked).toEqual([]);
  });
});

describe('open sockets', () => {
  it('that do not answer a ping before the next are ended', async () => {
    const [good, silent] = [open().client, open().client];
    silent.answers = false;
    await pass(15_000);
    expect([good.pings, silent.pings, silent.ended]).toEqual([1, 1, false]);
    await pass(15_000);
    expect([good.pings, silent.pings, good.ended, silent.ended]).toEqual([2, 1, false, true]);
  });

  it('are counted by whose they are', () => {
    const { socket } = open(callerOf());
    open(callerOf());
    open(callerOf({ principal: 'user:two' }));
    open();
    expect([checks.countOf('user:one'), checks.countOf('user:two'), checks.countOf('user:three')]).toEqual([2, 1, 0]);
    checks.delete(socket);
    expect(checks.countOf('user:one')).toBe(1);
  });

  it('are all closed, and waited for', async () => {
    const clients = [open(callerOf()).client, open().client];
    let done = false;
    void checks.closeAll(1012, 'restarting').then(() => (done = true));
    await pass(99);
    expect(done).toBe(false);
    await pass(1);
    expect(done).toBe(true);
    expect(clients.map(({ closed }) => closed)).toEqual([[[1012, 'restarting']], [[1012, 'restarting']]]);
    await checks.closeAll(1012, 'restarting');
  });

  it('that do not go are not waited for longer than a second', async () => {
    const { client } = open();
    client.close = (code, reason) => void client.closed.push([code, reason]);
    let done = false;
    void checks.closeAll(1012, 'restarting').then(() => (done = true));
    await pass(999);
    expect(done).toBe(false);
    await pass(1);
    expect(done).toBe(true);
  });
});
