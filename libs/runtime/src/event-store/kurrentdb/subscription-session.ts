import {
  type AllStreamSubscription,
  type KurrentDBClient,
  type Position,
  START,
  streamNameFilter,
} from '@kurrent/kurrentdb-client';
import type { LogPage, RecordedEvent } from '../event-store.js';
import { toRecorded } from './event-record.js';

/** Events that wait in this process at most: a burst is taken off the server, which drops slow readers. */
const BUFFERED_EVENTS = 2_000;
/** The server tells how far it has searched every so many times 32 events. */
const CHECKPOINT_INTERVAL = 16;
/** A page without events, only for its position, at most so often. */
const EMPTY_PAGE_EVERY_MS = 1_000;

interface Milestone {
  position: bigint;
  /** Holds once so many of the subscription's events have been taken. */
  taken: number;
  /** The log's end as it was: worth a page of its own. */
  end: boolean;
}

export const asPosition = (position: bigint): Position | typeof START =>
  position === 0n ? START : { commit: position, prepare: position };

/**
 * One subscription as the server gives it: it ends with the first thing that goes wrong, and never starts again
 * by itself. Checkpoints arrive ahead of the events before them, which may still wait in the buffer, so each
 * counts only once those were taken.
 */
export class SubscriptionSession {
  /** Events came, or the server said that there are none: what ends it then is no refusal. */
  worked = false;
  private readonly subscription: AllStreamSubscription;
  private failure?: Error;
  private taken = 0;
  private milestone?: Milestone;
  private lastPageAt = performance.now();
  private wake: () => void = () => undefined;

  /** @param head of the log before: all of it was delivered once the server says that we caught up */
  constructor(
    client: KurrentDBClient,
    private position: bigint,
    head: bigint,
    categories: readonly string[] | undefined,
  ) {
    const filter =
      categories &&
      streamNameFilter({
        prefixes: categories.map((category) => `${category}-`),
        checkpointInterval: CHECKPOINT_INTERVAL,
        checkpointReached: async (_, { commit }) => this.reached(commit, false),
      });
    this.subscription = client.subscribeToAll(
      { fromPosition: asPosition(position), requiresLeader: true, ...(filter && { filter }) },
      { highWaterMark: BUFFERED_EVENTS },
    );
    this.subscription
      .on('readable', () => this.wake())
      .on('caughtUp', () => {
        this.worked = true;
        this.reached(head, true);
      })
      .on('error', (error) => this.end(error)) // stays for good: without a listener an error ends the process
      .on('end', () => this.end(new Error('the server ended the subscription')))
      .on('close', () => this.end(new Error('the subscription was closed')));
  }

  /** The next events, at most so many, or only a further position. @throws whatever ended the subscription */
  async next(limit: number, signal: AbortSignal): Promise<LogPage> {
    for (;;) {
      const events = this.take(limit);
      const milestone = this.milestone && this.taken >= this.milestone.taken ? this.milestone : undefined;
      if (milestone) this.milestone = undefined;
      const moved = !!milestone && milestone.position > this.position;
      if (moved) this.position = milestone.position;
      const due = moved && (milestone.end || performance.now() - this.lastPageAt > EMPTY_PAGE_EVERY_MS);
      if (events.length > 0 || due || signal.aborted) {
        this.lastPageAt = performance.now();
        return { events, position: this.position };
      }
      if (this.failure && this.subscription.readableLength === 0) throw this.failure;
      await this.woken(signal);
    }
  }

  close(): void {
    this.subscription.unsubscribe().catch(() => undefined);
  }

  private take(limit: number): RecordedEvent[] {
    const events: RecordedEvent[] = [];
    while (events.length < limit) {
      const resolved = this.subscription.read() as Parameters<typeof toRecorded>[0] | null;
      if (!resolved) break;
      this.taken++;
      this.worked = true;
      const event = toRecorded(resolved);
      if (event) events.push(event);
      const position = resolved.event?.position?.commit;
      if (position !== undefined && position > this.position) this.position = position;
    }
    return events;
  }

  private reached(position: bigint, end: boolean): void {
    const taken = this.taken + this.subscription.readableLength;
    this.milestone = { position, taken, end: end || (this.milestone?.end ?? false) };
    this.wake();
  }

  private end(error: Error): void {
    this.failure ??= error;
    this.wake();
  }

  private async woken(signal: AbortSignal): Promise<void> {
    if (this.subscription.readableLength > 0) return;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      signal.addEventListener('abort', this.wake, { once: true });
    });
    signal.removeEventListener('abort', this.wake);
    this.wake = () => undefined;
  }
}
