import { setTimeout as delay } from 'node:timers/promises';
import { NO_STREAM, UnknownError } from '@kurrent/kurrentdb-client';
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
import { serialise, type SerialisedAppend } from '../serialised-append.js';
import { Answers } from './answers.js';
import { AppendConnections } from './append-connections.js';
import { conflictOf } from './append-outcome.js';
import { KurrentConnection } from './connection.js';
import { toStored } from './event-record.js';
import { KeyedQueue } from './keyed-queue.js';
import { logId } from './log-id.js';
import { LogReader } from './log-reader.js';
import { SubscriptionSession } from './subscription-session.js';

export interface KurrentDbEventStoreOptions {
  /** `kurrentdb://host:port?tls=false`; of a cluster all nodes, comma separated, and `nodePreference=leader`. */
  url: string;
  /** PostgreSQL with the schema `eventstore`, for the answers to commands. */
  pool: Pool;
  /** How long the server may take for one append before its outcome counts as unknown; default 3,000. */
  appendDeadlineMs?: number;
  /** How long a stream is read on after failures of the server; default 10,000. */
  readDeadlineMs?: number;
  /** Told of what interrupted a subscription, which goes on by itself. */
  onFault?(error: unknown): void;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/**
 * The server says no more than "exception" where no event stands at a position. When it says so time after time,
 * while the log's end can be read, waiting does not mend it.
 */
const REFUSED_SUBSCRIPTIONS = 10;

/**
 * The log in KurrentDB, or EventStoreDB from 21.10 on. Positions are the log's commit positions: they order and
 * resume, but do not count.
 */
export class KurrentDbEventStore extends EventStore {
  readonly atomicAnswers = false;
  private readonly connection: KurrentConnection;
  private readonly reader: LogReader;
  private readonly writer: AppendConnections;
  private readonly known: Answers;
  private readonly queue = new KeyedQueue();
  private readonly closing = new AbortController();
  /** A position that the log is known to reach. */
  private seen?: bigint;

  constructor(private readonly options: KurrentDbEventStoreOptions) {
    super();
    this.connection = new KurrentConnection(options.url);
    this.reader = new LogReader(this.connection, this.closing.signal);
    this.writer = new AppendConnections(options.url, options.appendDeadlineMs ?? 3_000, this.closing.signal);
    this.known = new Answers(options.pool);
  }

  async append(append: Append): Promise<AppendResult> {
    const serialised = serialise(append);
    const bytes = checkAppend(serialised);
    const keys = [append.stream, ...append.commands.map(({ commandId }) => commandId)];
    return this.queue.run(keys, () => this.appendNow(serialised, bytes));
  }

  async *read(stream: string, fromRevision = 0): AsyncIterable<RecordedEvent> {
    const deadline = performance.now() + (this.options.readDeadlineMs ?? 10_000);
    let next = fromRevision;
    for (let failures = 0; ; failures++) {
      try {
        for await (const event of this.reader.stream(stream, next)) {
          yield event;
          next = event.revision + 1;
        }
        return;
      } catch (error) {
        if (performance.now() > deadline || this.closing.signal.aborted) throw error;
        await pauseAfter(failures, this.closing.signal);
      }
    }
  }

  readAll(after: bigint, { limit, categories }: ReadAllOptions): Promise<LogPage> {
    return categories ? this.reader.pageOf(categories, after, limit) : this.reader.page(after, limit);
  }

  async *subscribe(after: bigint, options: SubscribeOptions): AsyncIterable<LogPage> {
    const signal = AbortSignal.any([options.signal, this.closing.signal]);
    let position = after;
    let refused = 0;
    for (let failures = 0; !signal.aborted; failures++) {
      const { client } = this.connection;
      let session: SubscriptionSession | undefined;
      try {
        const head = await this.head();
        if (position > head) throw new PositionBeyondLog(position, head);
        session = new SubscriptionSession(client, position, head, options.categories);
        for (;;) {
          const page = await session.next(options.batch ?? 500, signal);
          if (signal.aborted) return;
          position = page.position;
          yield page;
        }
      } catch (error) {
        if (error instanceof PositionBeyondLog) throw error;
        if (session?.worked) failures = refused = 0;
        else if (session && error instanceof UnknownError && ++refused > REFUSED_SUBSCRIPTIONS) {
          throw new Error(`the log gives nothing after position ${position}: ${error.message}`, {
            cause: error,
          });
        }
        this.connection.failed(client);
        this.options.onFault?.(error);
        await pauseAfter(failures, signal);
      } finally {
        session?.close();
      }
    }
  }

  async head(): Promise<bigint> {
    const head = await this.reader.head();
    if (this.seen === undefined || head > this.seen) this.seen = head;
    return head;
  }

  earlier(position: bigint, events: number): Promise<bigint> {
    return this.reader.earlier(position, events);
  }

  remember(answers: readonly StoredAnswer[]): Promise<StoredAnswer[]> {
    return this.known.recordNow(answers);
  }

  answers(commandIds: string[]): Promise<StoredAnswer[]> {
    return this.known.find(commandIds);
  }

  identity(): Promise<string> {
    return logId(this.connection.client);
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    await this.known.close();
    await Promise.all([this.writer.close(), this.connection.close()]);
  }

  private async appendNow(append: SerialisedAppend, bytes: number): Promise<AppendResult> {
    const { stream, expectedRevision, commands } = append;
    const known = this.known.recent(commands.map(({ commandId }) => commandId));
    if (known.length > 0) return { status: 'repeat', answers: known };
    const seen = this.seen ?? (await this.head());
    const state = expectedRevision === -1 ? NO_STREAM : BigInt(expectedRevision);
    let position: bigint;
    try {
      const result = await this.writer.append(stream, toStored(append), state);
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
      const { commandId, actor: principal, commandDigest: digest } = metadata;
      answers.set(commandId, { commandId, principal, digest, stream, revision, position });
    }
    return [...answers.values()];
  }
}

async function pauseAfter(failures: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 6), LONGEST_PAUSE_MS);
  await delay(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
}
