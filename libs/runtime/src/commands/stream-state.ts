import type { EventMetadata } from '@agencyos/contracts';
import type { EventStore, NewEvent } from '../event-store/event-store.js';
import type { AnyAggregate } from '../service-definition.js';

/** What a stream says of one of its commands. */
export interface KnownCommand {
  principal: string;
  digest: string;
  revision: number;
  position: bigint;
}

/** What the whole life of a stream keeps from its first event. */
export interface Origin {
  correlationId: string;
  depth: number;
}

const REMEMBERED_COMMANDS = 2_000;

/** One stream folded up to a revision: the aggregate's state, and what the runtime needs to know beside it. */
export class StreamState {
  state: unknown;
  /** Of the last event; -1 = there is none. */
  revision = -1;
  position = 0n;
  /** Time of the last event; '' = there is none. */
  recordedAt = '';
  origin: Origin | undefined;
  private readonly known = new Map<string, KnownCommand>();

  constructor(
    readonly stream: string,
    private readonly aggregate: AnyAggregate,
  ) {
    this.state = aggregate.decider.initialState;
  }

  command(commandId: string): KnownCommand | undefined {
    return this.known.get(commandId);
  }

  /** Folds what the stream has beyond our revision; true when there was something. */
  async catchUp(store: EventStore): Promise<boolean> {
    const before = this.revision;
    for await (const event of store.read(this.stream, before + 1)) {
      this.fold(event, event.revision, event.position);
      this.position = event.position;
    }
    return this.revision !== before;
  }

  /** @param position of the command's last event */
  fold({ type, data, metadata }: NewEvent, revision: number, position: bigint): void {
    if (!(type in this.aggregate.events.types)) {
      throw new Error(`${this.stream} holds an event of unknown type ${type}: a newer version wrote it`);
    }
    const { recordedAt, actor } = metadata;
    this.state = this.aggregate.decider.evolve(this.state, { type, data }, { revision, recordedAt, actor });
    this.note(metadata, revision, position);
  }

  /**
   * Takes over what these events were decided to come to, now that they are recorded.
   * @param answers by command
   * @param position of the last event
   */
  adopt(state: unknown, events: readonly NewEvent[], answers: ReadonlyMap<string, KnownCommand>, position: bigint): void {
    this.state = state;
    for (const { metadata } of events) {
      this.note(metadata, this.revision + 1, answers.get(metadata.commandId)?.position ?? position);
    }
    this.position = position;
  }

  private note(metadata: EventMetadata, revision: number, position: bigint): void {
    const { recordedAt, commandId, actor: principal, commandDigest: digest, correlationId, depth } = metadata;
    this.revision = revision;
    this.recordedAt = recordedAt;
    this.origin ??= { correlationId, depth };
    this.remember(commandId, { principal, digest, revision, position });
  }

  /** What a command was answered; the last ones are kept. */
  remember(commandId: string, known: KnownCommand): void {
    this.known.delete(commandId);
    this.known.set(commandId, known);
    if (this.known.size > REMEMBERED_COMMANDS) this.known.delete(this.known.keys().next().value!);
  }
}
