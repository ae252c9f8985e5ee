import { setTimeout as delay } from 'node:timers/promises';
import { BACKWARDS, END, FORWARDS, NO_STREAM, StreamNotFoundError, streamNameFilter } from '@kurrent/kurrentdb-client';
import type { Pool } from 'pg';
import { checkAppend } from '../append-limits.js';
import {
  type Append,
  type AppendResult,
  EventStore,
  type LogPage,
  PositionBeyondLog,
  type ReadAllOptions,
  type RecordedEvent,
  type StoredAnswer,
  type SubscribeOptions,
} from '../event-store.js';
import { Answers } from './answers.js';
import { AppendConnections } from './append-connections.js';
import { conflictOf } from './append-outcome.js';
import { Connection } from './connection.js';
import { toRecorded, toStored } from './event-record.js';
import { Lanes } from './lanes.js';
import { asPosition, SubscriptionSession } from './subscription-session.js';
import { eachWithin } from './within.js';

export interface KurrentDbEventStoreOptions {
  /** `kurrentdb://host:port?tls=false`; of a cluster all nodes, comma separated, and `nodePreference=leader`. */
  url: string;
  /** PostgreSQL with the schema `eventstore`, for the answers to commands. */
  pool: Pool;
  /** How long the server may take for one append before its outcome counts as unknown; default 3,000. */
  appendDeadlineMs?: number;
  /** How long a stream is read on after failures of the server; default 10,000. */
  readDeadlineMs?: number;
}

const ITEM_MS = 5_000;
const SCAN = 1_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * The log in KurrentDB, or EventStoreDB from 21.10 on. Positions are the log's commit positions: they order and
 * resume, but do not count. Everything is asked of the leader, whose log is the furthest: a follower could say
 * "that is all" of what is not.
 */
export class KurrentDbEventStore extends EventStore {
  private readonly reading: Connection;
  private readonly appending: AppendConnections;
  private readonly known: Answers;
  private readonly lanes = new Lanes();
  private readonly closing = new AbortController();
  private readonly readDeadlineMs: number;
  /** A position that the log is known to reach. */
  private seen?: bigint;

  constructor({ url, pool, appendDeadlineMs = 3_000, readDeadlineMs = 10_000 }: KurrentDbEventStoreOptions) {
    super();
    this.reading = new Connection(url);
    this.appending = new AppendConnections(url, appendDeadlineMs);
    this.known = new Answers(pool);
    this.readDeadlineMs = readDeadlineMs;
  }

  async append(append: Append): Promise<AppendResult> {
    const bytes = checkAppend(append);
    const keys = [append.stream, ...append.commands.map(({ commandId }) => commandId)];
    return this.lanes.run(keys, () => this.appendNow(append, bytes));
  }

  async *read(stream: string, fromRevision = 0): AsyncIterable<RecordedEvent> {
    const deadline = performance.now() + this.readDeadlineMs;
    let next = fromRevision;
    for (let failures = 0; ; failures++) {
      const { client } = this.reading;
      try {
        const found = client.readStream(stream, { fromRevision: BigInt(next), requiresLeader: true });
        for await (const resolved of eachWithin(ITEM_MS, `reading ${stream}`, found)) {
          const event = toRecorded(resolved);
          next = Number(resolved.event!.revision) + 1;
          if (event) yield event;
        }
        return;
      } catch (error) {
        if (error instanceof StreamNotFoundError) return;
        this.reading.failed(client);
        if (performance.now() > deadline || this.closing.signal.aborted) throw error;
        await this.pauseAfter(failures, this.closing.signal);
      }
    }
  }

  async readAll(after: bigint, options: ReadAllOptions): Promise<LogPage> {
    return options.categories
      ? this.readCategories(after, options.limit, options.categories)
      : this.readEverything(after, options.limit);
  }

  async *subscribe(after: bigint, options: SubscribeOptions): AsyncIterable<LogPage> {
    const signal = AbortSignal.any([options.signal, this.closing.signal]);
    let position = after;
    for (let failures = 0; !signal.aborted; failures++) {
      const { client } = this.reading;
      let session: SubscriptionSession | undefined;
      try {
        const head = await this.head();
        if (position > head) throw new PositionBeyondLog(position, head);
        session = new SubscriptionSession(client, position, head, options.categories);
        for (;;) {
          const page = await session.next(options.batch ?? 500, signal);
          if (signal.aborted) return;
          failures = 0;
          position = page.position;
          yield page;
        }
      } catch (error) {
        if (error instanceof PositionBeyondLog) throw error;
        this.reading.failed(client);
        await this.pauseAfter(failures, signal);
      } finally {
        session?.close();
      }
    }
  }

  async head(): Promise<bigint> {
    const last = this.reading.client.readAll({
      direction: BACKWARDS,
      fromPosition: END,
      maxCount: 1,
      requiresLeader: true,
    });
    for await (const { event } of this.guarded('reading the end of the log', last)) {
      const position = event?.position?.commit ?? 0n;
      if (this.seen === undefined || position > this.seen) this.seen = position;
      return position;
    }
    return 0n;
  }

  async earlier(position: bigint, events: number): Promise<bigint> {
    const back = this.reading.client.readAll({
      direction: BACKWARDS,
      fromPosition: asPosition(position),
      maxCount: events,
      requiresLeader: true,
    });
    let reached = position;
    let read = 0;
    for await (const { event } of this.guarded('reading the log backwards', back)) {
      read++;
      if (event?.position) reached = event.position.commit;
    }
    return read < events ? 0n : reached;
  }

  answers(commandIds: string[]): Promise<StoredAnswer[]> {
    return this.known.find(commandIds);
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    await this.known.close();
    await Promise.all([this.appending.close(), this.reading.close()]);
  }

  private async appendNow(append: Append, bytes: number): Promise<AppendResult> {
    const { stream, expectedRevision, events, commands } = append;
    const known = await this.known.find(commands.map(({ commandId }) => commandId));
    if (known.length > 0) return { status: 'repeat', answers: known };
    const seen = this.seen ?? (await this.head());
    const state = expectedRevision === -1 ? NO_STREAM : BigInt(expectedRevision);
    let position: bigint;
    try {
      const result = await this.appending.append(stream, events.map(toStored), state);
      position = result.position!.commit;
    } catch (error) {
      return { status: 'conflict', revision: conflictOf(error, bytes) };
    }
    // The server answers a repeat as it answered the first time: from a place that the log had reached before.
    if (position <= seen) {
      const answers = await this.recordedAnswers(append);
      this.known.record(answers);
      return { status: 'repeat', answers };
    }
    if (position > (this.seen ?? 0n)) this.seen = position;
    const answers = commands.map((command): StoredAnswer => ({ ...command, stream, position }));
    this.known.record(answers);
    return { status: 'appended', answers, position };
  }

  /** What the log itself says about an append's commands. */
  private async recordedAnswers({ stream, expectedRevision, events }: Append): Promise<StoredAnswer[]> {
    const answers = new Map<string, StoredAnswer>();
    for await (const { metadata, revision, position } of this.read(stream, expectedRevision + 1)) {
      if (revision > expectedRevision + events.length) break;
      const { commandId, commandDigest: digest } = metadata;
      answers.set(commandId, { commandId, digest, stream, revision, position });
    }
    return [...answers.values()];
  }

  /** All events, the server's own among them, so what was read is what was passed. */
  private async readEverything(after: bigint, limit: number): Promise<LogPage> {
    const events: RecordedEvent[] = [];
    let position = after;
    for (;;) {
      const maxCount = Math.max(limit - events.length, SCAN) + 1; // the first one is that at the position itself
      const from = position;
      let read = 0;
      for await (const resolved of this.forwards(from, maxCount)) {
        read++;
        const at = resolved.event?.position?.commit ?? 0n;
        if (at <= from) continue;
        position = at;
        const event = toRecorded(resolved);
        if (event && events.push(event) === limit) return { events, position };
      }
      if (read < maxCount) return { events, position };
    }
  }

  /** What the server passed over it does not tell: the log's end as it was before the reading is known, though. */
  private async readCategories(after: bigint, limit: number, categories: readonly string[]): Promise<LogPage> {
    const head = await this.head();
    if (head <= after) return { events: [], position: after };
    const events: RecordedEvent[] = [];
    for await (const resolved of this.forwards(after, limit + 1, categories)) {
      const event = toRecorded(resolved);
      if (!event || event.position <= after) continue;
      if (events.push(event) === limit) return { events, position: event.position };
    }
    const last = events.at(-1)?.position ?? after;
    return { events, position: last > head ? last : head };
  }

  private forwards(after: bigint, maxCount: number, categories?: readonly string[]) {
    const filter = categories && streamNameFilter({ prefixes: categories.map((category) => `${category}-`) });
    const found = this.reading.client.readAll({
      direction: FORWARDS,
      fromPosition: asPosition(after),
      maxCount,
      requiresLeader: true,
      ...(filter && { filter }),
    });
    return this.guarded('reading the log', found);
  }

  private async *guarded<T>(what: string, items: AsyncIterable<T>): AsyncGenerator<T> {
    const { client } = this.reading;
    try {
      yield* eachWithin(ITEM_MS, what, items);
    } catch (error) {
      this.reading.failed(client);
      throw error;
    }
  }

  private async pauseAfter(failures: number, signal: AbortSignal): Promise<void> {
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 6), LONGEST_PAUSE_MS);
    await delay(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
  }
}
