import {
  type AllStreamResolvedEvent,
  BACKWARDS,
  END,
  FORWARDS,
  StreamNotFoundError,
  streamNameFilter,
} from '@kurrent/kurrentdb-client';
import type { LogPage, RecordedEvent } from '../event-store.js';
import type { KurrentConnection } from './connection.js';
import { toRecorded } from './event-record.js';
import { asPosition } from './subscription-session.js';
import { eachWithin } from '../../within.js';

/** The server may take so long for the next part of an answer. */
const PART_MS = 5_000;
const SCAN = 1_000;

/**
 * Reads streams and the log, always at the leader, whose log is the furthest: a follower could say "that is all"
 * of what is not.
 */
export class LogReader {
  constructor(
    private readonly connection: KurrentConnection,
    /** Whoever waits for an answer then waits no longer. */
    private readonly closing: AbortSignal,
  ) {}

  /** Events of a stream from a revision on; none when there is no such stream. */
  async *stream(stream: string, fromRevision: number): AsyncGenerator<RecordedEvent> {
    const { client } = this.connection;
    const found = client.readStream(stream, { fromRevision: BigInt(fromRevision), requiresLeader: true });
    try {
      for await (const resolved of eachWithin(PART_MS, `reading ${stream}`, found, this.closing)) {
        const event = toRecorded(resolved);
        if (event) yield event;
      }
    } catch (error) {
      if (error instanceof StreamNotFoundError) return;
      this.connection.failed(client);
      throw error;
    }
  }

  /** Position of the log's last event, the server's own among them; 0n when there is none. */
  async head(): Promise<bigint> {
    for await (const { event } of this.all('reading the end of the log', BACKWARDS, END, 1)) {
      return event?.position?.commit ?? 0n;
    }
    return 0n;
  }

  /** A position so many events before another one. */
  async earlier(position: bigint, events: number): Promise<bigint> {
    let reached = position;
    let read = 0;
    const back = this.all('reading the log backwards', BACKWARDS, asPosition(position), events);
    for await (const { event } of back) {
      read++;
      if (event?.position) reached = event.position.commit;
    }
    return read < events ? 0n : reached;
  }

  /** All events, the server's own among them, so what was read is what was passed. */
  async page(after: bigint, limit: number): Promise<LogPage> {
    const events: RecordedEvent[] = [];
    let position = after;
    for (;;) {
      const count = Math.max(limit - events.length, SCAN) + 1; // the first one is that at the position itself
      const from = position;
      let read = 0;
      for await (const resolved of this.all('reading the log', FORWARDS, asPosition(from), count)) {
        read++;
        const at = resolved.event?.position?.commit ?? 0n;
        if (at <= from) continue;
        position = at;
        const event = toRecorded(resolved);
        if (event && events.push(event) === limit) return { events, position };
      }
      if (read < count) return { events, position };
    }
  }

  /** What the server passed over it does not tell: the log's end as it was before the reading is known, though. */
  async pageOf(categories: readonly string[], after: bigint, limit: number): Promise<LogPage> {
    const head = await this.head();
    if (head <= after) return { events: [], position: after };
    const events: RecordedEvent[] = [];
    const filter = streamNameFilter({ prefixes: categories.map((category) => `${category}-`) });
    const found = this.all('reading the log', FORWARDS, asPosition(after), limit + 1, filter);
    for await (const resolved of found) {
      const event = toRecorded(resolved);
      if (!event || event.position <= after) continue;
      if (events.push(event) === limit) return { events, position: event.position };
    }
    const last = events.at(-1)?.position ?? after;
    return { events, position: last > head ? last : head };
  }

  private async *all(
    what: string,
    direction: typeof FORWARDS | typeof BACKWARDS,
    fromPosition: ReturnType<typeof asPosition> | typeof END,
    maxCount: number,
    filter?: ReturnType<typeof streamNameFilter>,
  ): AsyncGenerator<AllStreamResolvedEvent> {
    const { client } = this.connection;
    const options = { direction, fromPosition, maxCount, requiresLeader: true, ...(filter && { filter }) };
    try {
      yield* eachWithin(PART_MS, what, client.readAll(options), this.closing);
    } catch (error) {
      this.connection.failed(client);
      throw error;
    }
  }
}
