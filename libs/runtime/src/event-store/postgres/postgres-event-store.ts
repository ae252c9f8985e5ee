import { type ClientConfig, Pool } from 'pg';
import { checkAppend } from '../append-limits.js';
import {
  type Append,
  type AppendResult,
  EventStore,
  type LogPage,
  type ReadAllOptions,
  type RecordedEvent,
  type StoredAnswer,
  type SubscribeOptions,
} from '../event-store.js';
import { followLog } from '../follow-log.js';
import { serialise } from '../serialised-append.js';
import { appendGroup, rememberAnswers, storedAnswers } from './append-group.js';
import { INDEX_PLANS } from './append-function.js';
import { GroupCommit } from './group-commit.js';
import { LogTail } from './log-tail.js';
import { LogWakeup } from './log-wakeup.js';
import { readHead, readPage, readStream } from './read-log.js';

export interface PostgresEventStoreOptions {
  /** `postgres://…`; the server must be reached directly, not through a transaction pooler (LISTEN). */
  url: string;
  /** Shown in pg_stat_activity. */
  name?: string;
  /** Connections for reading at most; default 4. Writing takes 2, waking subscribers 1. */
  readers?: number;
  /** Told when a subscription could not read; it tries again by itself. */
  onFault?(error: Error): void;
}

const READ_STREAM_PAGE = 500;
/** There is one log in a database, so it needs no other name. */
export const POSTGRES_LOG = 'postgres';
/** Connections for writing stay open: making one, with its plans, takes longer than most appends. */
const KEEP = 0;
const IDLE_MS = 60_000;

/** The log in schema `eventstore` of a PostgreSQL database; call `migrateEventStore` first. */
export class PostgresEventStore extends EventStore {
  readonly atomicAnswers = true;
  private readonly writers: Pool;
  private readonly readers: Pool;
  private readonly wakeup: LogWakeup;
  private readonly tail: LogTail;
  private readonly groups: GroupCommit;
  private readonly closing = new AbortController();

  constructor(private readonly options: PostgresEventStoreOptions) {
    super();
    const { url, name = 'eventstore', readers = 4 } = options;
    const connection = (settings: string): ClientConfig => ({
      connectionString: url,
      application_name: name,
      connectionTimeoutMillis: 5_000,
      options: `-c statement_timeout=10s -c idle_in_transaction_session_timeout=10s ${settings}`,
    });
    const writing = connection(`-c lock_timeout=5s -c synchronous_commit=on ${INDEX_PLANS}`);
    const reading = connection(INDEX_PLANS);
    // query_timeout: a server that is frozen answers nothing, not even its own statement_timeout.
    this.writers = quietPool({ ...writing, query_timeout: 15_000 }, 2, KEEP);
    this.readers = quietPool({ ...reading, query_timeout: 15_000 }, readers, IDLE_MS);
    this.wakeup = new LogWakeup(connection(''), this.readers);
    this.tail = new LogTail(this.readers, () => this.wakeup.head);
    this.groups = new GroupCommit((group) => appendGroup(this.writers, group));
  }

  async append(append: Append): Promise<AppendResult> {
    const serialised = serialise(append);
    const result = await this.groups.add(serialised, checkAppend(serialised));
    if (result.status === 'appended') this.wakeup.advance(result.position);
    return result;
  }

  async *read(stream: string, fromRevision = 0): AsyncIterable<RecordedEvent> {
    for (let next = fromRevision; ; next += READ_STREAM_PAGE) {
      const events = await readStream(this.readers, stream, next, READ_STREAM_PAGE);
      yield* events;
      if (events.length < READ_STREAM_PAGE) return;
    }
  }

  readAll(after: bigint, options: ReadAllOptions): Promise<LogPage> {
    return readPage(this.readers, after, options);
  }

  subscribe(after: bigint, { signal, categories, batch = 500 }: SubscribeOptions): AsyncIterable<LogPage> {
    return followLog(after, {
      signal: AbortSignal.any([signal, this.closing.signal]),
      limit: batch,
      read: (position) => this.tail.read(position, { limit: batch, categories }),
      beyond: (position, stop) => this.wakeup.beyond(position, stop),
      ...(this.options.onFault && { onFault: this.options.onFault }),
    });
  }

  head(): Promise<bigint> {
    return readHead(this.readers);
  }

  async earlier(position: bigint, events: number): Promise<bigint> {
    return position > events ? position - BigInt(events) : 0n;
  }

  answers(commandIds: string[]): Promise<StoredAnswer[]> {
    return storedAnswers(this.readers, commandIds);
  }

  remember(answers: readonly StoredAnswer[]): Promise<StoredAnswer[]> {
    return rememberAnswers(this.readers, answers);
  }

  async identity(): Promise<string> {
    return POSTGRES_LOG;
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    await this.wakeup.close();
    await Promise.all([this.writers.end(), this.readers.end()]);
  }
}

/** A pool whose idle connections may break without taking the process down: the next query makes a new one. */
function quietPool(config: ClientConfig, max: number, idleTimeoutMillis: number): Pool {
  const pool = new Pool({ ...config, max, idleTimeoutMillis, allowExitOnIdle: true, keepAlive: true });
  pool.on('error', () => undefined);
  return pool;
}
