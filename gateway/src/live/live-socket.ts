import { LIVE_LIMITS, type LiveMessage } from '@agencyos/contracts';
import { WebSocket } from 'ws';
import type { Caller } from '../identity/caller.js';

export interface LiveError {
  code: string;
  detail: string;
  kind?: string;
  id?: string;
  window?: string;
}

/** The text of a frame, encoded: whoever sends one to many sockets does so once. */
export const frameOf = (event: LiveMessage, data: object): Buffer => Buffer.from(JSON.stringify({ event, data }));

const sockets = new WeakMap<object, LiveSocket>();
/** Beyond this, what may be dropped is dropped. */
const BUSY_BYTES = LIVE_LIMITS.bufferBytes / 4;

/** One WebSocket: who it belongs to, what it may still send, what it listens to. */
export class LiveSocket {
  caller: Caller | undefined;
  /** Names what is hidden from the caller. */
  sight = '';
  /** Monotonic time at which the caller's rights were last seen to hold. */
  checkedAt = 0;
  warned = false;
  private readonly endings = new Map<string, () => void>();
  private windowStart = 0;
  private messages = 0;
  private closing = false;

  constructor(readonly client: WebSocket) {
    sockets.set(client, this);
  }

  static of(client: object): LiveSocket | undefined {
    return sockets.get(client);
  }

  get open(): boolean {
    return !this.closing && this.client.readyState === WebSocket.OPEN;
  }

  /** Nothing more should be pushed that can be left out. */
  get busy(): boolean {
    return this.client.bufferedAmount > BUSY_BYTES;
  }

  /** Counts one message; a socket that sends too many is closed. */
  admitsMessage(): boolean {
    if (!this.open) return false;
    const now = performance.now();
    if (now - this.windowStart >= 1_000) {
      this.windowStart = now;
      this.messages = 0;
    }
    if (++this.messages <= LIVE_LIMITS.messagesPerSecond) return true;
    this.close(1008, `more than ${LIVE_LIMITS.messagesPerSecond} messages per second`);
    return false;
  }

  send(event: LiveMessage, data: object, sent?: () => void): void {
    this.sendFrame(frameOf(event, data), sent);
  }

  /** A reader too slow for its buffer is closed; it comes back and resumes where it was. */
  sendFrame(frame: Buffer, sent?: () => void): void {
    if (!this.open) return;
    if (this.client.bufferedAmount + frame.byteLength > LIVE_LIMITS.bufferBytes) {
      return this.close(1013, 'too slow; come back and resume');
    }
    this.client.send(frame, { binary: false }, sent && ((error) => !error && sent()));
  }

  error(error: LiveError): void {
    this.send('error', error);
  }

  /** Keeps what ends a subscription; an earlier one of the same name is ended first. @returns false when it has too many */
  hold(name: string, end: () => void): boolean {
    this.release(name);
    if (this.endings.size >= LIVE_LIMITS.subscriptions) {
      end();
      return false;
    }
    this.endings.set(name, end);
    return true;
  }

  /** Subscriptions whose names begin so. */
  countOf(beginning: string): number {
    let count = 0;
    for (const name of this.endings.keys()) if (name.startsWith(beginning)) count++;
    return count;
  }

  release(name: string): void {
    this.endings.get(name)?.();
    this.endings.delete(name);
  }

  releaseAll(): void {
    for (const name of [...this.endings.keys()]) this.release(name);
  }

  close(code: number, reason: string): void {
    if (this.closing) return;
    this.closing = true;
    this.releaseAll();
    // A peer that does not answer the close frame is cut off by ws itself after 30 s.
    this.client.close(code, reason);
  }
}
