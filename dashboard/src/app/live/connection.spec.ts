import { TestBed } from '@angular/core/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Api, ProblemError } from '../session/api';
import { PageConnection } from './connection';

/** The browser's end of a WebSocket, played by the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = FakeSocket.OPEN;
  onmessage?: (message: { data: string }) => void;
  onclose?: () => void;

  constructor() {
    FakeSocket.all.push(this);
  }

  send(): void {}
  close(): void {}

  says(event: string): void {
    this.onmessage?.({ data: JSON.stringify({ event, data: {} }) });
  }
}

describe('the page’s connection', () => {
  const platform = globalThis.WebSocket;
  let ticket: () => Promise<string>;
  let connection: PageConnection;
  const settle = () => jest.advanceTimersByTimeAsync(0);

  beforeEach(async () => {
    jest.useFakeTimers();
    FakeSocket.all = [];
    globalThis.WebSocket = FakeSocket as unknown as typeof WebSocket;
    ticket = async () => 't1';
    TestBed.configureTestingModule({ providers: [{ provide: Api, useValue: { ticket: () => ticket() } }] });
    connection = TestBed.inject(PageConnection);
    connection.open();
    await settle();
    FakeSocket.all[0]!.says('welcome');
  });
  afterEach(() => {
    connection.close();
    jest.useRealTimers();
    globalThis.WebSocket = platform;
  });

  it('tells by signals how it is', async () => {
    expect(connection.status().state).toBe('live');
    await jest.advanceTimersByTimeAsync(30);
    FakeSocket.all[0]!.says('pong');
    expect(connection.latency()).toBe(30);
    FakeSocket.all[0]!.onclose?.();
    expect([connection.status().state, connection.latency()]).toEqual(['retrying', undefined]);
  });

  it('tries at once when the page is online again', async () => {
    FakeSocket.all[0]!.onclose?.();
    dispatchEvent(new Event('online'));
    await settle();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('knows when the session has ended, until it is opened again', async () => {
    ticket = async () => {
      throw new ProblemError({ type: '', title: 'Signed out', status: 401, code: 'unauthenticated' });
    };
    FakeSocket.all[0]!.onclose?.();
    connection.retryNow();
    await settle();
    expect([connection.refused(), connection.status().state]).toEqual([true, 'idle']);
    connection.open();
    expect(connection.refused()).toBe(false);
  });
});
