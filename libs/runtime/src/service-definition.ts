import type { CommandSet, EventSet, Fact, Problem, PublishedCommand, ViewDefinition } from '@agencyos/contracts';
import type { Command, Decider } from '@agencyos/decider';

/** What one service consists of: data that the runtime brings to life. */
export interface ServiceDefinition {
  /** NATS sender, PostgreSQL schema and prefix of consumer names. */
  name: string;
  /** Context of its commands and views when it is not the name (the gateway hosts `identity`). */
  context?: string;
  aggregates: AnyAggregate[];
  projections?: Projection[];
  reactions?: Reactions[];
  timers?: Timers[];
}

type Message = { type: string; data: unknown };

export interface Aggregate<C extends Message, S, E extends Message> {
  /** Stream prefix; holds no dash. */
  category: string;
  commands: CommandSet;
  events: EventSet;
  decider: Decider<C, S, E>;
  /** Id of the stream inside the category; by default `data[commands.idField]`, `main` for singletons. */
  idOf?(data: C['data']): string;
  /**
   * Look-ups before deciding; the result is `command.prepared`. May throw a `Rejection`.
   * Called again whenever the state changed under the command.
   */
  prepare?(command: Command<C>, state: S): Promise<unknown>;
  /** For streams that grow so long that folding them again takes noticeable time. */
  snapshots?: SnapshotForm<S>;
}

/** How what a stream has come to is kept, so that it need not be folded again. */
export interface SnapshotForm<S> {
  /** Tells this fold from others: a digest of what a fixed corpus of events folds to, written by `npm run generate`. */
  key: string;
  /** The state from its JSON, where that says less than the state. */
  revive?(json: unknown): S;
  /** Where people look back: one every so many events stays. */
  keepEvery?: number;
}
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the list of a service's aggregates is heterogeneous
export type AnyAggregate = Aggregate<any, any, any>;

/**
 * Builds view rows from facts; a pure function of them. A new `version` is rebuilt beside the old and switched in. Services
 * write it with `defineProjection`.
 */
export interface Projection {
  name: string;
  version: number;
  views: ViewDefinition[];
  categories: string[];
  project(fact: Fact, rows: RowStore): void | Promise<void>;
}

/** Read-your-writes access to the rows of the projection's views; by view and typed: `Rows`. */
export interface RowStore {
  get<T>(kind: string, id: string, key: string): Promise<T | undefined>;
  put(kind: string, id: string, key: string, value: unknown): void;
  del(kind: string, id: string, key: string): void;
  /** Rows whose key starts with `prefix`, by key. */
  list<T>(kind: string, id: string, prefix?: string): Promise<Array<[string, T]>>;
}

/** `log`: own facts, straight from the event store. `events`: others' facts, live over NATS. */
export type FactSource = 'log' | 'events';

/**
 * Facts → commands. One reader at a time; facts of one stream in order, streams side by side.
 * Delivered at least once: command ids derive from the fact, effects inside `react` must bear repetition. Services write
 * them with `defineReactions`.
 */
export interface Reactions {
  name: string;
  source: FactSource;
  categories: string[];
  react(fact: Fact, memory: Memory): Reaction[] | Promise<Reaction[]>;
}

/** What the reactions' host kept from earlier facts. Written together with the position. */
export interface Memory {
  get<T>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown): void;
  delete(key: string): void;
}

export interface Reaction {
  /** The command's id is `uuid5(eventId, "<name>/<n>")`, n counting per name within one fact. */
  name: string;
  command: PublishedCommand & { onBehalfOf?: string };
  /** What to do instead after a final refusal; nothing by default. */
  ifRefused?(problem: Problem): PublishedCommand[];
}

/** Facts "due at T" → one command each, on the database's clock, once. Services write them with `defineTimers`. */
export interface Timers {
  name: string;
  categories: string[];
  on(fact: Fact): TimerOp[];
  /** What ends the subject of a fact whose timers cannot be set: nothing may stay open for ever. */
  refuse?(fact: Fact, why: string): PublishedCommand | undefined;
}
export interface TimerSet {
  kind: string;
  key: string;
  dueAt: string;
  /** Its command is refused with {@link NOT_DUE} while it comes too early, and then sent again. */
  command: PublishedCommand;
  /** A span of time that passes, counted from the fact, rather than a time of day: a clock that is set changes nothing. */
  elapses?: boolean;
}
/** Code of a refusal that is none: the time for it has not come. Its `retryAt` says when. */
export const NOT_DUE = 'not_due';
export type TimerOp = { set: TimerSet } | { cancel: { kind: string; key: string } };
