import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Connection } from './connection.js';
import type { ServerFrame } from './frames.js';
import { ProblemError } from './problem-error.js';

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
  const platform = globalThis.WebSocket;
  const frames: ServerFrame[] = [];
  let ticket: () => Promise<string>;
  let connection: Connection;
  let refused: unknown[];
  const settle = () => jest.advanceTimersByTimeAsync(0);

  beforeEach(async () => {
    jest.useFakeTimers();
    FakeSocket.all = [];
    frames.length = 0;
    ticket = async () => 't1';
    globalThis.WebSocket = FakeSocket as unknown as typeof WebSocket;
    refused = [];
    connection = new Connection({ url: 'https://agencyos.example', ticket: () => ticket() });
    connection.refusals.add((error) => refused.push(error));
    connection.listen((frame) => frames.push(frame));
    connection.open();
    await settle();
  });
  afterEach(() => {
    connection.close();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
    globalThis.WebSocket = platform;
  });

  it('says hello with a ticket and is live with the welcome', () => {
    expect(connection.status.state).toBe('connecting');
    expect(FakeSocket.last.url).toBe('wss://agencyos.example/api/v1/live');
    FakeSocket.last.accepts();
    expect(FakeSocket.last.sent[0]).toEqual({ event: 'hello', data: { ticket: 't1' } });
    expect(connection.status.state).toBe('live');
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
    expect(connection.status).toMatchObject({ state: 'retrying', attempt: 1 });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(FakeSocket.all).toHaveLength(2);
    FakeSocket.last.accepts();
    expect(connection.status).toMatchObject({ state: 'live', attempt: 0 });
  });

  it('keeps the moment it was lost through failing attempts', async () => {
    FakeSocket.last.accepts();
    FakeSocket.last.onclose?.();
    const { since } = connection.status;
    ticket = async () => {
      throw new TypeError('network');
    };
    await jest.advanceTimersByTimeAsync(5_000);
    expect(connection.status.attempt).toBeGreaterThan(1);
    expect(connection.status.since).toBe(since);
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

  it('gives up one that is never welcomed, and says nothing more to it', async () => {
    const [silent] = FakeSocket.all as [FakeSocket];
    silent.readyState = FakeSocket.OPEN;
    silent.onopen?.();
    await jest.advanceTimersByTimeAsync(30_000);
    expect(silent.readyState).toBe(3);
    expect(silent.sent.map(({ event }) => event)).toEqual(['hello']);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  it('measures the round trip of each ping while it lives', async () => {
    FakeSocket.last.accepts();
    await jest.advanceTimersByTimeAsync(40);
    FakeSocket.last.says('pong', {});
    expect(connection.latency).toBe(40);
    FakeSocket.last.onclose?.();
    expect(connection.latency).toBeUndefined();
  });

  it('takes neither a ticket nor a refusal that comes after its end', async () => {
    let give: (ticket: string) => void = () => undefined;
    let refuse: (error: unknown) => void = () => undefined;
    ticket = () =>
      new Promise((resolve, reject) => {
        [give, refuse] = [resolve, reject];
      });
    for (const late of [() => give('t2'), () => refuse(new TypeError('network'))]) {
      connection.close();
      connection.open();
      connection.close();
      late();
      await settle();
      expect(connection.status.state).toBe('idle');
    }
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('ends when the session has ended', async () => {
    FakeSocket.last.accepts();
    ticket = async () => {
      throw new ProblemError({ type: '', title: 'Signed out', status: 401, code: 'unauthenticated' });
    };
    FakeSocket.last.onclose?.();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(refused).toHaveLength(1);
    expect(connection.status.state).toBe('idle');
  });

  it('passes over what it does not understand', () => {
    FakeSocket.last.accepts();
    FakeSocket.last.onmessage?.({ data: 'not json' });
    FakeSocket.last.onmessage?.({ data: '42' });
    expect(connection.status.state).toBe('live');
    expect(frames).toHaveLength(1);
  });
});
