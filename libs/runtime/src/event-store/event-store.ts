import type { EventMetadata } from '@agencyos/contracts';

/** An event that is about to be recorded. `id` is a UUID derived from its command. */
export interface NewEvent {
  id: string;
  type: string;
  /** Version of the schema of `data`. */
  schema: number;
  data: Record<string, unknown>;
  metadata: EventMetadata;
}

export interface RecordedEvent extends NewEvent {
  stream: string;
  /** Place in its stream, from 0, without gaps. */
  revision: number;
  /** Place in the whole log, from 1: strictly ascending in commit order; gaps are possible. */
  position: bigint;
}

/** What the store remembers of a command, so that the same id has one effect. */
export interface CommandRecord {
  commandId: string;
  /** Who sent it: an answer is for nobody else. */
  principal: string;
  /** SHA-256 of the command's RFC 8785 form. */
  digest: string;
  /** Revision of its last event. */
  revision: number;
}

/** One stream at one exact revision. Several commands of that stream may share an append. */
export interface Append {
  /** `<category>-<id>`; no dash in the category. */
  stream: string;
  /** Revision of the stream's last event; -1 = no stream yet. */
  expectedRevision: number;
  /** 1…500 events, together at most 1 MiB, each at most 64 KiB. */
  events: NewEvent[];
  commands: CommandRecord[];
}

export interface StoredAnswer {
  commandId: string;
  /** '' in rows of before principals were kept: for whoever repeats the command. */
  principal: string;
  digest: string;
  stream: string;
  revision: number;
  /** Of its last event; where commands share an append possibly of a later one in it. */
  position: bigint;
}

export type AppendResult =
  /** Durable. `position` is that of the last event. */
  | { status: 'appended'; answers: StoredAnswer[]; position: bigint }
  /** Nothing was appended: the stream's present revision is another. */
  | { status: 'conflict'; revision: number }
  /** Nothing was appended: these of its commands are known already, whatever their digest. */
  | { status: 'repeat'; answers: StoredAnswer[] };

export interface ReadAllOptions {
  /** At most so many events. */
  limit: number;
  /** Only streams of these categories; all when absent. */
  categories?: readonly string[];
}

export interface SubscribeOptions {
  signal: AbortSignal;
  categories?: readonly string[];
  /** Events per batch at most; default 500. */
  batch?: number;
}

export interface LogPage {
  events: RecordedEvent[];
  /** How far the log has been read: at least the last event's position, further when others were passed over. */
  position: bigint;
}

/**
 * The log: the only truth of the product. Every adapter passes `event-store.conformance.ts`.
 * Whatever order writers commit in, a reader that continues after the last position misses nothing and sees
 * nothing twice.
 */
export abstract class EventStore {
  /**
   * Answers are written with the events, so `append` finds every command of the last 24 hours. Else it finds
   * unchanged repeats and the commands of this process, and who does not know a command asks `answers` before.
   */
  abstract readonly atomicAnswers: boolean;

  /**
   * Resolves once the events are durable, or with the reason why they were not appended. Rejects with
   * {@link InvalidAppend} or {@link StoreRefused} (never accepted, do not repeat) or with a fault whose outcome is
   * unknown: repeat the append unchanged, the answer is then `appended` or `repeat`.
   */
  abstract append(append: Append): Promise<AppendResult>;

  /** Events of one stream in order, from `fromRevision` (default 0); none when there is no such stream. */
  abstract read(stream: string, fromRevision?: number): AsyncIterable<RecordedEvent>;

  /** The next events of the log after a position (0n = from the start). */
  abstract readAll(after: bigint, options: ReadAllOptions): Promise<LogPage>;

  /**
   * The log after a position, live. Ends only when the signal aborts; outlasts every failure of the store.
   * A batch may be empty: then only the position moved.
   * @throws PositionBeyondLog, or the store's own error when no event stands at that position; where it can tell
   */
  abstract subscribe(after: bigint, options: SubscribeOptions): AsyncIterable<LogPage>;

  /** Position of the last event; 0n when there is none. */
  abstract head(): Promise<bigint>;

  /**
   * A position that lies so many events before another one, or a little fewer. Positions order and resume, they
   * do not count: whoever reckons with them asks here.
   */
  abstract earlier(position: bigint, events: number): Promise<bigint>;

  /** What is known of these commands; kept for 24 hours at least. */
  abstract answers(commandIds: string[]): Promise<StoredAnswer[]>;

  /**
   * Keeps answers to commands that left no event, like those of `append`. What is known of a command already stays, and
   * is returned.
   */
  abstract remember(answers: readonly StoredAnswer[]): Promise<StoredAnswer[]>;

  /** Tells this log from any other: positions, views and timers belong to one. */
  abstract identity(): Promise<string>;

  abstract close(): Promise<void>;
}

/** The append breaks a rule of the port and never will be accepted. */
export class InvalidAppend extends Error {
  override readonly name: string = 'InvalidAppend';
}

/** The store refuses, and not because of the append: missing rights, a server that is too old. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
}

/** The reader stands behind the log's end: the log was restored from an older copy, or it is another log. */
export class PositionBeyondLog extends Error {
  override readonly name = 'PositionBeyondLog';
  constructor(
    readonly position: bigint,
    readonly head: bigint,
  ) {
    super(
      `position ${position} lies beyond the end of the log (${head}): ` +
        'it was restored from an older copy, or it is another log',
    );
  }
}

/** An event, or the append as a whole, is larger than the log takes: store the content apart and refer to it. */
export class EventTooLarge extends InvalidAppend {
  override readonly name = 'EventTooLarge';
  constructor(
    message: string,
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(message);
  }
}
