import type { EventMetadata } from '@agencyos/contracts';
import type { EventStore, NewEvent, RecordedEvent } from '../event-store/event-store.js';
import type { AnyAggregate } from '../service-definition.js';
import type { Snapshot } from '../snapshots/snapshot.js';

/** What a stream says of one of its commands. */
export interface KnownCommand {
  principal: string;
  digest: string;
  revision: number;
  position: bigint;
}

/** What the whole life of a stream keeps from its first event. */
export interface Correlation {
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
  /** Of the last event; '' = there is none. */
  eventId = '';
  /** Time of the last event; '' = there is none. */
  recordedAt = '';
  correlation: Correlation | undefined;
  /** Revision of the last snapshot of it that was made; -1 = there is none. */
  snapshotAt = -1;
  private readonly known = new Map<string, KnownCommand>();

  constructor(
    readonly stream: string,
    readonly aggregate: AnyAggregate,
  ) {
    this.state = aggregate.decider.initialState;
  }

  static of(aggregate: AnyAggregate, snapshot: Snapshot): StreamState {
    const { stream, state, revision, position, eventId, recordedAt, origin: correlation, commands } = snapshot;
    const folded = new StreamState(stream, aggregate);
    folded.state = aggregate.snapshots?.revive ? aggregate.snapshots.revive(state) : state;
    Object.assign(folded, { revision, snapshotAt: revision, position: BigInt(position), eventId, recordedAt, correlation });
    for (const [commandId, principal, digest, at, reached] of commands)
      folded.known.set(commandId, { principal, digest, revision: at, position: BigInt(reached) });
    return folded;
  }

  /** As it is now, whatever comes. */
  snapshot(key: string): Snapshot {
    const { stream, state, revision, position, eventId, recordedAt, correlation: origin } = this;
    const commands = [...this.known].map(
      ([commandId, { principal, digest, revision: at, position: reached }]): Snapshot['commands'][0] => [
        commandId,
        principal,
        digest,
        at,
        String(reached),
      ],
    );
    return { stream, key, revision, position: String(position), eventId, recordedAt, origin, state, commands };
  }

  command(commandId: string): KnownCommand | undefined {
    return this.known.get(commandId);
  }

  /** Folds what the stream has beyond our revision, up to a position; true when there was something. */
  async catchUp(store: Pick<EventStore, 'read'>, position?: bigint): Promise<boolean> {
    const before = this.revision;
    for await (const event of store.read(this.stream, before + 1)) {
      if (position !== undefined && event.position > position) break;
      this.fold(event, event.revision, event.position);
    }
    return this.revision !== before;
  }

  /**
   * As {@link catchUp}, where we are not sure of our last event: false when the log does not have it where we have it, for
   * then it is another one. Ids alone may come again in a log that was restored from an older copy, times do not. Its
   * position may be another one in a log that was moved, also one beyond the position that is asked for.
   * @param events of the stream, from our last one on
   */
  async resume(events: AsyncIterable<RecordedEvent>, position?: bigint): Promise<boolean> {
    let isOurs = false;
    for await (const event of events) {
      if (position !== undefined && event.position > position) break;
      if (isOurs) this.fold(event, event.revision, event.position);
      else if (!this.endsWith(event)) break;
      isOurs = true;
      this.position = event.position;
    }
    return isOurs;
  }

  private endsWith({ id, revision, metadata }: RecordedEvent): boolean {
    return revision === this.revision && id === this.eventId && metadata.recordedAt === this.recordedAt;
  }

  /** @param position its own */
  fold({ id, type, data, metadata }: NewEvent, revision: number, position: bigint): void {
    if (!(type in this.aggregate.events.types)) {
      throw new Error(`${this.stream} holds an event of unknown type ${type}: a newer version wrote it`);
    }
    const { recordedAt, actor } = metadata;
    this.state = this.aggregate.decider.evolve(this.state, { type, data }, { revision, recordedAt, actor });
    this.note(id, metadata, revision, position);
    this.position = position;
  }

  /**
   * Takes over what these events were decided to come to, now that they are recorded.
   * @param answers by command
   * @param position of the last event
   */
  adopt(state: unknown, events: readonly NewEvent[], answers: ReadonlyMap<string, KnownCommand>, position: bigint): void {
    this.state = state;
    for (const { id, metadata } of events) {
      this.note(id, metadata, this.revision + 1, answers.get(metadata.commandId)?.position ?? position);
    }
    this.position = position;
  }

  private note(eventId: string, metadata: EventMetadata, revision: number, position: bigint): void {
    const { recordedAt, commandId, actor: principal, commandDigest: digest, correlationId, depth } = metadata;
    this.revision = revision;
    this.eventId = eventId;
    this.recordedAt = recordedAt;
    this.correlation ??= { correlationId, depth };
    this.remember(commandId, { principal, digest, revision, position });
  }

  /** What a command was answered; the last ones are kept. */
  remember(commandId: string, known: KnownCommand): void {
    this.known.delete(commandId);
    this.known.set(commandId, known);
    if (this.known.size > REMEMBERED_COMMANDS) this.known.delete(this.known.keys().next().value!);
  }
}
