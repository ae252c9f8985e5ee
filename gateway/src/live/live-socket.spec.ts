import { LIVE_LIMITS } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { WebSocket } from 'ws';
import { frameOf, LiveSocket } from './live-socket.js';

let client: { readyState: number; bufferedAmount: number };
let frames: unknown[];
let closed: [code: number, reason: string][];
let sentBack: ((error?: Error) => void) | undefined;
let socket: LiveSocket;

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
  [frames, closed, sentBack] = [[], [], undefined];
  const fake = {
    readyState: 1,
    bufferedAmount: 0,
    send(frame: Buffer, options: object, sent?: (error?: Error) => void) {
      frames.push([JSON.parse(frame.toString('utf8')), options]);
      sentBack = sent;
    },
    close: (code: number, reason: string) => void closed.push([code, reason]),
  };
  client = fake;
  socket = new LiveSocket(fake as unknown as WebSocket);
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a socket', () => {
  it('is known by its client', () => {
    expect(LiveSocket.of(client)).toBe(socket);
    expect(LiveSocket.of({})).toBeUndefined();
  });

  it('may send fifty messages in a second, and is closed by one more', () => {
    for (let second = 0; second < 2; second++) {
      for (let n = 0; n < LIVE_LIMITS.messagesPerSecond; n++) expect(socket.admitsMessage()).toBe(true);
      jest.advanceTimersByTime(1_000);
    }
    for (let n = 0; n < LIVE_LIMITS.messagesPerSecond; n++) socket.admitsMessage();
    jest.advanceTimersByTime(999);
    expect(socket.admitsMessage()).toBe(false);
    expect(closed).toEqual([[1008, 'more than 50 messages per second']]);
    jest.advanceTimersByTime(5_000);
    expect(socket.admitsMessage()).toBe(false);
  });

  it('is sent text, and told when it has left', () => {
    let left = 0;
    socket.send('pong', {}, () => void left++);
    expect(frames).toEqual([[{ event: 'pong', data: {} }, { binary: false }]]);
    sentBack!(new Error('closed'));
    expect(left).toBe(0);
    sentBack!();
    expect(left).toBe(1);
    socket.error({ code: 'busy', detail: 'later' });
    expect(frames[1]).toEqual([{ event: 'error', data: { code: 'busy', detail: 'later' } }, { binary: false }]);
    expect(sentBack).toBeUndefined();
  });

  it('that takes too little off is closed, at one byte more than its buffer', () => {
    const { byteLength } = frameOf('pong', {});
    client.bufferedAmount = LIVE_LIMITS.bufferBytes - byteLength;
    socket.send('pong', {});
    expect([frames.length, closed]).toEqual([1, []]);
    client.bufferedAmount += 1;
    socket.send('pong', {});
    expect([frames.length, closed]).toEqual([1, [[1013, 'too slow; come back and resume']]]);
  });

  it('is busy beyond a quarter of its buffer', () => {
    client.bufferedAmount = LIVE_LIMITS.bufferBytes / 4;
    expect(socket.busy).toBe(false);
    client.bufferedAmount += 1;
    expect(socket.busy).toBe(true);
  });

  it('is sent nothing once it closes', () => {
    client.readyState = 2;
    socket.send('pong', {});
    expect([socket.open, socket.admitsMessage(), frames]).toEqual([false, false, []]);
  });

  it('is closed once, and listens to nothing any more', () => {
    const ended: string[] = [];
    for (const name of ['a', 'b']) socket.hold(name, () => void ended.push(name));
    socket.close(1008, 'signed out');
    socket.close(1012, 'restarting');
    expect(closed).toEqual([[1008, 'signed out']]);
    expect(ended).toEqual(['a', 'b']);
    expect(socket.open).toBe(false);
  });

  it('holds as many subscriptions as it may; one by the same name takes the place of the one before', () => {
    const ended: number[] = [];
    for (let n = 0; n < LIVE_LIMITS.subscriptions; n++) expect(socket.hold(String(n), () => void ended.push(n))).toBe(true);
    expect(socket.hold('more', () => void ended.push(-1))).toBe(false);
    expect(ended).toEqual([-1]);
    expect(socket.hold('7', () => undefined)).toBe(true);
    expect(ended).toEqual([-1, 7]);
    socket.release('8');
    socket.release('8');
    expect(ended).toEqual([-1, 7, 8]);
  });
});
