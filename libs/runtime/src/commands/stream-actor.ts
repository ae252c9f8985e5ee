import { ids, LIMITS, type EventMetadata } from '@agencyos/contracts';
import { isRejection, Rejection, type Command } from '@agencyos/decider';
import { describeError, pause } from '../background.js';
import { InvalidAppend, StoreRefused, type AppendResult, type EventStore, type NewEvent, type RecordedEvent } from '../event-store/event-store.js';
import type { DatabaseClock } from '../event-store/database-clock.js';
import type { Logger } from '../logger.js';
import type { AnyAggregate } from '../service-definition.js';
import type { TraceContext } from '../telemetry.js';

type AnyCommand = Command<{ type: string; data: Record<string, unknown> }>;

export interface Pending {
  command: AnyCommand;
  digest: string;
  trace: TraceContext;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}
export interface Answer {
  stream: string;
  revision: number;
  position: bigint;
  /** The command had been answered before. */
  repeated: boolean;
}

export interface ActorOptions {
  store: EventStore;
  clock: DatabaseClock;
  logger: Logger;
  /** How long an append of unknown outcome is repeated before the caller is told `busy`. */
  deadlineMs: number;
}

interface Decided {
  pending: Pending;
  events: NewEvent[];
}

/** Streams that are one life: every event keeps the correlation and depth of the first. */
const LIFE_CYCLES = new Set(['run', 'approval', 'decision', 'incident', 'repair', 'drill']);
const REMEMBERED_COMMANDS = 2_000;
const COMMANDS_PER_APPEND = 100;
const MAX_CONFLICTS = 20;
/** Commands share an append only as far as it stays well below the store's 1 MiB. */
const SHARED_APPEND_BYTES = 768 * 1024;
/** What an event has beside its type and data, generously. */
const METADATA_BYTES = 1_024;

/**
 * The single writer of one stream in this process. Commands that wait together share one append; a second writer
 * elsewhere is harmless (the expected revision decides) and costs a reload.
 */
export class StreamActor {
  private state: unknown;
  private revision = -1;
  private position = 0n;
  private recordedAt = '';
  private first: { correlationId: string; depth: number } | undefined;
  private known = new Map<string, { digest: string; revision: number; position: bigint }>();
  /** The stream has more commands than `known` keeps. */
  private forgotten = false;
  private readonly queue: Pending[] = [];
  private working = false;
  private loaded = false;
  lastUsed = performance.now();

  constructor(
    private readonly stream: string,
    private readonly aggregate: AnyAggregate,
    private readonly options: ActorOptions,
  ) {
    this.state = aggregate.decider.initialState;
  }

  get idle(): boolean {
    return !this.working;
  }

  submit(pending: Pending): void {
    this.lastUsed = performance.now();
    this.queue.push(pending);
    if (!this.working) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.queue.length > 0) {
      const batch = this.takeBatch();
      try {
        await this.handle(batch);
      } catch (error) {
        this.forget();
        for (const pending of batch) pending.reject(error);
      }
    }
    this.working = false;
  }

  /** Up to 100 commands, each id once: a repetition waits for the first one's answer. */
  private takeBatch(): Pending[] {
    const batch: Pending[] = [];
    const seen = new Set<string>();
    while (batch.length < COMMANDS_PER_APPEND && this.queue[0] && !seen.has(this.queue[0].command.metadata.commandId)) {
      const pending = this.queue.shift()!;
      seen.add(pending.command.metadata.commandId);
      batch.push(pending);
    }
    return batch;
  }

  private async handle(batch: Pending[]): Promise<void> {
    if (!this.loaded) await this.catchUp();
    this.loaded = true;
    let open = await this.withoutForgotten(batch);
    for (let conflicts = 0; open.length > 0; conflicts++) {
      if (conflicts > MAX_CONFLICTS) throw busy('the stream changes too fast');
      const { decided, refused, unchanged, later } = await this.decideAll(open);
      // A refusal or "nothing to do" counts only when decided on the present state, and never for a known command.
      if (refused.length + unchanged.length > 0) {
        if (await this.catchUp()) continue;
        await this.answerWithoutEvents(refused, unchanged);
      }
      open = decided.length > 0 ? await this.append(decided, later) : later;
      if (conflicts > 1) await pause(Math.random() * 5 * conflicts);
    }
  }

  /** Settles repetitions of commands that `known` no longer has, where the append would not notice them. */
  private async withoutForgotten(batch: Pending[]): Promise<Pending[]> {
    if (!this.forgotten || this.options.store.atomicAnswers) return batch;
    const unknown = batch.map(({ command }) => command.metadata.commandId).filter((id) => !this.known.has(id));
    const answers = new Map((await this.options.store.answers(unknown)).map((answer) => [answer.commandId, answer]));
    return batch.filter((pending) => {
      const answer = answers.get(pending.command.metadata.commandId);
      if (answer) this.settleKnown(pending, answer);
      return !answer;
    });
  }

  private async decideAll(open: Pending[]) {
    const decided: Decided[] = [];
    const refused: { pending: Pending; error: unknown }[] = [];
    const unchanged: Pending[] = [];
    let state = this.state;
    let revision = this.revision;
    let first = this.first;
    let count = 0;
    let bytes = 0;
    for (const [index, pending] of open.entries()) {
      const known = this.known.get(pending.command.metadata.commandId);
      if (known) {
        this.settleKnown(pending, known);
        continue;
      }
      const now = this.now();
      const command: AnyCommand = { ...pending.command, metadata: { ...pending.command.metadata, now } };
      let facts: { type: string; data: unknown }[];
      try {
        if (this.aggregate.prepare) command.prepared = await this.aggregate.prepare(command, state);
        facts = this.aggregate.decider.decide(command, state);
      } catch (error) {
        refused.push({ pending, error });
        continue;
      }
      if (facts.length === 0) {
        unchanged.push(pending);
        continue;
      }
      const size = Buffer.byteLength(JSON.stringify(facts)) + facts.length * METADATA_BYTES;
      if (count > 0 && (count + facts.length > LIMITS.eventsPerAppend || bytes + size > SHARED_APPEND_BYTES)) {
        return { decided, refused, unchanged, later: open.slice(index) };
      }
      bytes += size;
      const events: NewEvent[] = [];
      for (const [n, fact] of facts.entries()) {
        const metadata = this.metadata(pending, command, first);
        first ??= { correlationId: metadata.correlationId, depth: metadata.depth };
        revision += 1;
        state = this.aggregate.decider.evolve(state, fact, { revision, recordedAt: now, actor: metadata.actor });
        events.push({
          id: ids.event(command.metadata.commandId, this.stream, n),
          type: fact.type,
          schema: this.aggregate.events.versions[fact.type] ?? 1,
          data: JSON.parse(JSON.stringify(fact.data)) as Record<string, unknown>,
          metadata,
        });
      }
      count += events.length;
      decided.push({ pending, events });
    }
    return { decided, refused, unchanged, later: [] as Pending[] };
  }

  private metadata(pending: Pending, command: AnyCommand, first: StreamActor['first']): EventMetadata {
    const { metadata } = command;
    const life = first && LIFE_CYCLES.has(this.aggregate.category) ? first : metadata;
    const { traceparent, tracestate } = pending.trace;
    return {
      commandId: metadata.commandId,
      commandDigest: pending.digest,
      correlationId: life.correlationId,
      causationId: metadata.causationId,
      actor: metadata.actor,
      ...(metadata.onBehalfOf && { onBehalfOf: metadata.onBehalfOf }),
      depth: life.depth,
      recordedAt: metadata.now,
      ...(traceparent && { traceparent }),
      ...(tracestate && { tracestate }),
    };
  }

  /** Appends what was decided and answers it; returns the commands that must be decided again. */
  private async append(decided: Decided[], later: Pending[]): Promise<Pending[]> {
    let revision = this.revision;
    const commands = decided.map(({ pending, events }) => {
      revision += events.length;
      return { commandId: pending.command.metadata.commandId, digest: pending.digest, revision };
    });
    const events = decided.flatMap(({ events }) => events);
    const result = await this.appendUntilKnown({ stream: this.stream, expectedRevision: this.revision, events, commands });
    const open = [...decided.map(({ pending }) => pending), ...later];
    if (result.status === 'conflict') {
      await this.catchUp();
      return open;
    }
    const answered = new Map(result.answers.map((answer) => [answer.commandId, answer]));
    if (result.status === 'appended') {
      for (const event of events) {
        this.fold(event, this.revision + 1, answered.get(event.metadata.commandId)?.position ?? result.position);
      }
      this.position = result.position;
    } else {
      await this.catchUp();
    }
    for (const { pending } of decided) {
      const answer = answered.get(pending.command.metadata.commandId);
      if (!answer) continue;
      if (result.status === 'repeat') this.settleKnown(pending, answer);
      else pending.resolve({ stream: this.stream, revision: answer.revision, position: answer.position, repeated: false });
    }
    return open.filter((pending) => !answered.has(pending.command.metadata.commandId));
  }

  /** An append of unknown outcome is repeated unchanged until it is known or the deadline has passed. */
  private async appendUntilKnown(append: Parameters<EventStore['append']>[0]): Promise<AppendResult> {
    const deadline = performance.now() + this.options.deadlineMs;
    for (let tries = 1; ; tries++) {
      try {
        return await this.options.store.append(append);
      } catch (error) {
        if (error instanceof InvalidAppend) throw new Rejection('invalid', { detail: error.message });
        if (error instanceof StoreRefused) throw error;
        if (performance.now() > deadline) {
          this.options.logger.error({ stream: this.stream, tries, error: describeError(error) }, 'append has no known outcome');
          throw busy('the event store does not answer');
        }
        await pause(Math.min(50 * 2 ** Math.min(tries, 4), 500) * (0.5 + Math.random() / 2));
      }
    }
  }

  private async answerWithoutEvents(refused: { pending: Pending; error: unknown }[], unchanged: Pending[]): Promise<void> {
    const open = [...refused.map(({ pending }) => pending), ...unchanged];
    const answers = new Map(
      (await this.options.store.answers(open.map(({ command }) => command.metadata.commandId))).map((answer) => [answer.commandId, answer]),
    );
    for (const { pending, error } of refused) {
      const answer = answers.get(pending.command.metadata.commandId);
      if (answer) this.settleKnown(pending, answer);
      else pending.reject(error);
    }
    for (const pending of unchanged) {
      const answer = answers.get(pending.command.metadata.commandId);
      if (answer) this.settleKnown(pending, answer);
      else pending.resolve({ stream: this.stream, revision: this.revision, position: this.position, repeated: false });
    }
  }

  private settleKnown(pending: Pending, known: { digest: string; revision: number; position: bigint }): void {
    if (known.digest !== pending.digest) {
      pending.reject(
        new Rejection('idempotency_conflict', { detail: 'This command id was used before with another body. Mint a new id.' }),
      );
    } else {
      pending.resolve({ stream: this.stream, revision: known.revision, position: known.position, repeated: true });
    }
  }

  /** Folds what the stream has beyond our revision; true when there was something. */
  private async catchUp(): Promise<boolean> {
    const before = this.revision;
    for await (const event of this.options.store.read(this.stream, this.revision + 1)) this.foldRecorded(event);
    return this.revision !== before;
  }

  private foldRecorded(event: RecordedEvent): void {
    this.position = event.position;
    this.fold(event, event.revision, event.position);
  }

  private fold(event: NewEvent, revision: number, position: bigint): void {
    const { metadata } = event;
    if (!(event.type in this.aggregate.events.types)) {
      throw new Error(`${this.stream} holds an event of unknown type ${event.type}: a newer version wrote it`);
    }
    this.state = this.aggregate.decider.evolve(
      this.state,
      { type: event.type, data: event.data },
      { revision, recordedAt: metadata.recordedAt, actor: metadata.actor },
    );
    this.revision = revision;
    this.recordedAt = metadata.recordedAt;
    this.first ??= { correlationId: metadata.correlationId, depth: metadata.depth };
    this.known.delete(metadata.commandId);
    this.known.set(metadata.commandId, { digest: metadata.commandDigest, revision, position });
    if (this.known.size > REMEMBERED_COMMANDS) {
      this.known.delete(this.known.keys().next().value!);
      this.forgotten = true;
    }
  }

  private forget(): void {
    this.loaded = false;
    this.state = this.aggregate.decider.initialState;
    this.revision = -1;
    this.position = 0n;
    this.recordedAt = '';
    this.first = undefined;
    this.known = new Map();
    this.forgotten = false;
  }

  private now(): string {
    const now = this.options.clock.now();
    return now > this.recordedAt ? now : this.recordedAt;
  }
}

const busy = (why: string) => new Rejection('busy', { detail: `Not now: ${why}. Repeat with the same id.`, retryAfterMs: 1_000 });

export const isBusy = (error: unknown): boolean => isRejection(error) && error.code === 'busy';
