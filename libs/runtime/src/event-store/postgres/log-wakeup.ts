import { Client, type ClientConfig, type Pool } from 'pg';
import { LOG_CHANNEL } from './append-function.js';
import { readHead } from './read-log.js';

/** How often the last position is asked for: while nothing announces it, and while NOTIFY does. */
const POLL_MS = 250;
const LISTENING_POLL_MS = 1_000;
const RECONNECT_MS = 1_000;

/**
 * Tells subscribers of this process that the log grew: by NOTIFY, one per group of appends, and by asking for
 * the last position, four times a second while nothing is heard, so that a lost notification costs latency
 * only. One connection and one poll however many subscribers there are; nothing runs while nobody waits.
 */
export class LogWakeup {
  private newest = 0n;
  private readonly waiting = new Set<{ after: bigint; wake: () => void }>();
  private listener?: Client;
  private listening = false;
  private reconnectAt = 0;
  private poll?: NodeJS.Timeout;
  private polling = false;
  private askedAt = 0;
  private closed = false;

  constructor(
    private readonly connection: ClientConfig,
    private readonly readers: Pool,
  ) {}

  /** How far the log reaches, as far as is known. */
  get head(): bigint {
    return this.newest;
  }

  /** The log reaches to this position, as somebody saw. */
  advance(position: bigint): void {
    if (position <= this.newest) return;
    this.newest = position;
    for (const { after, wake } of this.waiting) if (after < position) wake();
  }

  /** Resolves when the log reaches beyond a position, on abort, and on close. */
  async beyond(after: bigint, signal: AbortSignal): Promise<void> {
    if (this.newest > after || signal.aborted || this.closed) return;
    this.listen();
    this.poll ??= setInterval(() => void this.askInTime(), POLL_MS);
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.waiting.delete(entry);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const entry = { after, wake };
      this.waiting.add(entry);
      signal.addEventListener('abort', wake, { once: true });
    });
    if (this.waiting.size === 0) this.pause();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.pause();
    for (const { wake } of this.waiting) wake();
    const listener = this.listener;
    this.listener = undefined;
    await listener?.end().catch(() => undefined);
  }

  private pause(): void {
    clearInterval(this.poll);
    this.poll = undefined;
  }

  private async askInTime(): Promise<void> {
    const pause = this.listening ? LISTENING_POLL_MS : POLL_MS;
    if (performance.now() - this.askedAt > pause - POLL_MS / 2) await this.ask();
  }

  private async ask(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    this.askedAt = performance.now();
    try {
      this.advance(await readHead(this.readers));
      this.listen();
    } catch {
      // the next poll asks again; subscribers need nothing but a wake-up
    } finally {
      this.polling = false;
    }
  }

  private listen(): void {
    if (this.listener || this.closed || Date.now() < this.reconnectAt) return;
    this.reconnectAt = Date.now() + RECONNECT_MS;
    const client = new Client({ ...this.connection, keepAlive: true });
    this.listener = client;
    const lost = () => {
      if (this.listener !== client) return;
      this.listener = undefined;
      this.listening = false;
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ payload }) => this.advance(BigInt(payload || 0)));
    client
      .connect()
      .then(() => client.query(`LISTEN ${LOG_CHANNEL}`))
      .then(() => {
        this.listening = this.listener === client;
        return this.ask(); // what was announced before somebody listened
      })
      .catch(() => {
        lost();
        return client.end().catch(() => undefined);
      });
  }
}
