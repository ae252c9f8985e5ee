import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import { LIVE_LIMITS } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ServerOptions, WebSocket, WebSocketServer } from 'ws';
import type { Origins } from '../http/origins.js';
import { LiveAdapter, makeRoom } from './live-adapter.js';
import { LiveSocket } from './live-socket.js';

function clients(people: number, strangers: number) {
  const ended: number[] = [];
  const all = Array.from({ length: people + strangers }, (_, n) => {
    const client = { terminate: () => ended.push(n) } as unknown as WebSocket;
    const socket = new LiveSocket(client);
    if (n < people) socket.caller = { principal: 'user:a' } as NonNullable<LiveSocket['caller']>;
    return client;
  });
  return { all, ended };
}

describe('the place for one more connection (fault 16)', () => {
  it.each([
    ['there is', 10, 10, true, []],
    ['strangers do not take from people', 500, LIVE_LIMITS.sockets / 2, true, [500]],
    ['people have taken', LIVE_LIMITS.sockets, 0, false, []],
    [
      'is the one of the oldest of too many strangers',
      LIVE_LIMITS.sockets / 2,
      LIVE_LIMITS.sockets / 2,
      true,
      [LIVE_LIMITS.sockets / 2],
    ],
  ])('%s', (_, people, strangers, room, gone) => {
    const { all, ended } = clients(people, strangers);
    expect(makeRoom(all)).toBe(room);
    expect(ended).toEqual(gone);
  });
});

const origins = { allows: (origin: string) => origin === 'https://here.example' } as unknown as Origins;
const adapter = () => new LiveAdapter(createServer(), origins);

describe('a connection that is asked for', () => {
  let server: WebSocketServer;
  afterEach(() => server.close());

  const asks = (headers: object) => {
    server ??= adapter().create(0);
    const { verifyClient } = server.options as Required<ServerOptions>;
    const answers: unknown[][] = [];
    const verify = verifyClient as unknown as (info: object, verified: (...answer: unknown[]) => void) => void;
    verify({ req: { headers } }, (...answer) => void answers.push(answer));
    return answers;
  };

  it('is had from pages of ours, and by whom no browser speaks', () => {
    expect(asks({ origin: 'https://here.example' })).toEqual([[true]]);
    expect(asks({})).toEqual([[true]]);
  });

  it('is forbidden to pages of others, and says so', () => {
    expect(asks({ origin: 'https://elsewhere.example' })).toEqual([[false, 403, 'Forbidden']]);
  });

  it('is refused where there is no place, whoever asks', () => {
    for (const client of clients(LIVE_LIMITS.sockets, 0).all) server.clients.add(client);
    expect(asks({ origin: 'https://elsewhere.example' })).toEqual([[false, 503, 'Too many connections']]);
    server.clients.clear();
  });

  it('takes frames up to the limit, as they are', () => {
    expect(server.options).toMatchObject({ maxPayload: LIVE_LIMITS.frameBytes, perMessageDeflate: false });
  });
});

describe('a frame', () => {
  let handled: unknown[];
  let sent: unknown[];
  let closed: unknown[][];
  let client: WebSocket;
  let go: (() => void)[];

  beforeEach(() => {
    [handled, sent, closed, go] = [[], [], [], []];
    client = Object.assign(new EventEmitter(), {
      readyState: 1,
      bufferedAmount: 0,
      send: (frame: Buffer) => void sent.push(JSON.parse(frame.toString('utf8'))),
      close: (...how: unknown[]) => void closed.push(how),
    }) as unknown as WebSocket;
    new LiveSocket(client);
    const handler = (message: string) => ({
      message,
      methodName: message,
      isAckHandledManually: false,
      callback: (data: unknown, event: unknown) => {
        handled.push([message, data, event]);
        return new Promise<void>((resolve) => go.push(resolve));
      },
    });
    adapter().bindMessageHandlers(client, [handler('subscribe'), handler('ping')]);
  });

  const arrives = (text: string, isBinary = false) => client.emit('message', Buffer.from(text), isBinary);
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('goes to the handler of its event, once those before it are handled', async () => {
    arrives('{"event":"subscribe","data":{"kind":"board"}}');
    arrives('{"event":"ping"}');
    await turn();
    expect(handled).toEqual([['subscribe', { kind: 'board' }, 'subscribe']]);
    go[0]!();
    await turn();
    expect(handled[1]).toEqual(['ping', undefined, 'ping']);
    expect([sent, closed]).toEqual([[], []]);
  });

  it.each([
    ['is no JSON', 'hello'],
    ['is nothing', 'null'],
    ['names no event', '{"data":1}'],
    ['names its event by no text', '{"event":1}'],
    ['reaches for prototypes', '{"event":"ping","data":{"__proto__":1}}'],
  ])('that %s closes the socket', async (_, text) => {
    arrives(text);
    await turn();
    expect(closed).toEqual([[1007, 'frames are JSON: {event, data}']]);
    expect(handled).toEqual([]);
  });

  it('that is binary closes the socket, whatever it holds', () => {
    arrives('{"event":"ping"}', true);
    expect(closed).toMatchObject([[1007, expect.any(String)]]);
  });

  it('of an event that there is not is answered so, by the start of its name', async () => {
    arrives(JSON.stringify({ event: 'x'.repeat(80) }));
    await turn();
    expect(sent).toEqual([{ event: 'error', data: { code: 'unknown_event', detail: `There is no event ${'x'.repeat(60)}.` } }]);
    expect([handled, closed]).toEqual([[], []]);
  });

  it('is not looked at once the socket closes, or where there is none', async () => {
    LiveSocket.of(client)!.close(1012, 'restarting');
    arrives('{"event":"ping"}');
    const stranger = new EventEmitter() as unknown as WebSocket;
    adapter().bindMessageHandlers(stranger, []);
    stranger.emit('message', Buffer.from('{"event":"ping"}'), false);
    await turn();
    expect(handled).toEqual([]);
  });
});
