import { TestBed } from '@angular/core/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Api, ProblemError } from '../session/api';
import { Connection } from './connection';
import type { ServerFrame } from './frames';

/** The browser's end of a WebSocket, played by the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1) as FakeSocket;
  }

  readonly sent: { event: string; data: unknown }[] = [];
  readyState = 0;
  onopen?: () => void;
  onmessage?: (message: { data: string }) => void;
  onclose?: () => void;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.readyState = 3;
  }

  accepts(): void {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.();
    this.says('welcome', { user: {} });
  }

  says(event: string, data: unknown): void {
    this.onmessage?.({ data: JSON.stringify({ event, data }) });
  }
}

describe('the connection', () => {
  const frames: ServerFrame[] = [];
  let ticket: () => Promise<{ ticket: string }>;
  let connection: Connection;
  const settle = () => jest.advanceTimersByTimeAsync(0);

  beforeEach(async () => {
    jest.useFakeTimers();
    FakeSocket.all = [];
    frames.length = 0;
    ticket = async () => ({ ticket: 't1' });
    globalThis.WebSocket = FakeSocket as unknown as typeof WebSocket;
    TestBed.configureTestingModule({ providers: [{ provide: Api, useValue: { post: () => ticket() } }] });
    connection = TestBed.inject(Connection);
    connection.listen((frame) => frames.push(frame));
    connection.open();
    await settle();
  });
  afterEach(() => {
    connection.close();
    jest.useRealTimers();
  });

  it('says hello with a ticket and is live with the welcome', () => {
    expect(connection.status().state).toBe('connecting');
    FakeSocket.last.accepts();
    expect(FakeSocket.last.sent[0]).toEqual({ event: 'hello', data: { ticket: 't1' } });
    expect(connection.status().state).toBe('live');
    expect(frames.map(({ event }) => event)).toEqual(['welcome']);
  });

  it('says much at once no faster than the server listens, and nothing of it to the next socket', async () => {
    FakeSocket.last.accepts();
    for (let n = 0; n < 120; n++) connection.send('subscribe', { kind: 'task-badge', id: `r${n}` });
    await jest.advanceTimersByTimeAsync(1_000);
    const [first] = FakeSocket.all;
    expect(first!.sent.length).toBeLessThan(50);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(first!.sent.filter(({ event }) => event === 'subscribe')).toHaveLength(120);
    for (let n = 0; n < 120; n++) connection.send('subscribe', { kind: 'task-badge', id: `r${n}` });
    first!.onclose?.();
    await jest.advanceTimersByTimeAsync(5_000);
    FakeSocket.last.accepts();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(FakeSocket.last.sent.map(({ event }) => event)).toEqual(['hello', 'ping']);
  });

  it('comes back by itself with a new ticket', async () => {
    FakeSocket.last.accepts();
    FakeSocket.last.onclose?.();
    expect(connection.status()).toMatchObject({ state: 'retrying', attempt: 1 });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(FakeSocket.all).toHaveLength(2);
    FakeSocket.last.accepts();
    expect(connection.status()).toMatchObject({ state: 'live', attempt: 0 });
  });

  it('keeps the moment it was lost through failing attempts', async () => {
    FakeSocket.last.accepts();
    FakeSocket.last.onclose?.();
    const { since } = connection.status();
    ticket = async () => {
      throw new TypeError('network');
    };
    await jest.advanceTimersByTimeAsync(5_000);
    expect(connection.status().attempt).toBeGreaterThan(1);
    expect(connection.status().since).toBe(since);
  });

  it('tries at once when asked', async () => {
    FakeSocket.last.accepts();
    FakeSocket.last.onclose?.();
    connection.retryNow();
    await settle();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('gives up a socket that has fallen silent', async () => {
    FakeSocket.last.accepts();
    await jest.advanceTimersByTimeAsync(30_000);
    expect(FakeSocket.all[0]?.readyState).toBe(3);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  it('ends when the session has ended', async () => {
    FakeSocket.last.accepts();
    ticket = async () => {
      throw new ProblemError({ type: '', title: 'Signed out', status: 401, code: 'unauthenticated' });
    };
    FakeSocket.last.onclose?.();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(connection.refused()).toBe(true);
    expect(connection.status().state).toBe('idle');
  });

  it('passes over what it does not understand', () => {
    FakeSocket.last.accepts();
    FakeSocket.last.onmessage?.({ data: 'not json' });
    FakeSocket.last.onmessage?.({ data: '42' });
    expect(connection.status().state).toBe('live');
    expect(frames).toHaveLength(1);
  });
});
