import { setTimeout as delay } from 'node:timers/promises';
import type { LogPage } from './event-store.js';

interface Following {
  signal: AbortSignal;
  /** Events that `read` returns at most: a full page is followed by the next one at once. */
  limit: number;
  read(after: bigint): Promise<LogPage>;
  /** Resolves when the log may reach beyond the position, or on abort. */
  beyond(position: bigint, signal: AbortSignal): Promise<void>;
  /** Told of every failed read. */
  onFault?(error: Error): void;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
/**
 * Time between two reads of a log that grows all the time, by what the last one brought: each costs about the same
 * however much it brings, so beyond two events a millisecond they come less often and bring more.
 */
const pauseMs = (events: number) => Math.min(Math.max(events / 2, 2), 40);

/** The endless subscription of every adapter: reads, waits, reads on; failures only pause it. */
export async function* followLog(after: bigint, { signal, limit, read, beyond, onFault }: Following): AsyncGenerator<LogPage> {
  let position = after;
  let failures = 0;
  while (!signal.aborted) {
    let page: LogPage;
    const readAt = performance.now();
    try {
      page = await read(position);
      failures = 0;
    } catch (error) {
      if (!signal.aborted) onFault?.(error as Error);
      const longest = Math.min(FIRST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS);
      await delay(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      continue;
    }
    const moved = page.position > position;
    position = page.position;
    if (moved && !signal.aborted) yield page;
    if (page.events.length >= limit) continue;
    await beyond(position, signal);
    const early = readAt + pauseMs(page.events.length) - performance.now();
    if (early > 0) await delay(early, undefined, { signal }).catch(() => undefined);
  }
}
