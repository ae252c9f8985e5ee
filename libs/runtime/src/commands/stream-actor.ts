import { LEVEL } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { pause } from '../background.js';
import type { DatabaseClock } from '../event-store/database-clock.js';
import type { StoredAnswer } from '../event-store/event-store.js';
import type { WrittenLevel } from '../level/written-level.js';
import type { AnyAggregate } from '../service-definition.js';
import { appendUntilKnown, busy, type AppendOptions } from './append-until-known.js';
import { decideBatch, type Decided, type Decisions, type Pending } from './decide-batch.js';
import type { SnapshotWriter } from '../snapshots/snapshot-writer.js';
import type { StreamStates } from '../snapshots/stream-states.js';
import { StreamState, type KnownCommand } from './stream-state.js';

export interface ActorOptions extends AppendOptions {
  clock: DatabaseClock;
  /** Without it everything is written that this version knows. */
  level?: Pick<WrittenLevel, 'written'>;
  /** Without them every stream is folded from its beginning. */
  snapshots?: { states: Pick<StreamStates, 'at'>; writer: Pick<SnapshotWriter, 'offer'> };
}

const COMMANDS_PER_APPEND = 100;
const MAX_CONFLICTS = 20;
/** Where another process has just written, so many batches read the stream first: that costs less than an append in vain. */
const READ_FIRST = 8;

/**
 * The single writer of one stream in this process. Commands that wait together share one append; a second writer
 * elsewhere is harmless (the expected revision decides) and costs reading what it wrote.
 */
export class StreamActor {
  private state: StreamState;
  private readonly queue: Pending[] = [];
  private working = false;
  private loaded = false;
  /** So many of the next batches begin by reading. */
  private readFirst = 0;

  constructor(
    private readonly stream: string,
    private readonly aggregate: AnyAggregate,
    private readonly options: ActorOptions,
  ) {
    this.state = new StreamState(stream, aggregate);
  }

  get idle(): boolean {
    return !this.working;
  }

  submit(pending: Pending): void {
    this.queue.push(pending);
    if (!this.working) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.queue.length > 0) {
      const batch = this.takeBatch();
      try {
        await this.handle(batch);
        this.options.snapshots?.writer.offer(this.state);
      } catch (error) {
        // What was folded may be half of something: the next command reads the stream anew.
        this.loaded = false;
        this.state = new StreamState(this.stream, this.aggregate);
        for (const pending of batch) pending.reject(error);
      }
    }
    this.working = false;
  }

  private async load(): Promise<void> {
    const { snapshots } = this.options;
    if (snapshots) this.state = await snapshots.states.at(this.stream, this.aggregate);
    else await this.state.catchUp(this.options.store);
  }

  /** Up to 100 commands, each id once: a repetition waits for the first one's answer. */
  private takeBatch(): Pending[] {
    const batch: Pending[] = [];
    const seen = new Set<string>();
    while (batch.length < COMMANDS_PER_APPEND && this.queue[0] && !seen.has(idOf(this.queue[0]))) {
      const pending = this.queue.shift()!;
      seen.add(idOf(pending));
      batch.push(pending);
    }
    return batch;
  }

  private async handle(batch: Pending[]): Promise<void> {
    if (!this.loaded) await this.load();
    else if (this.readFirst > 0) await this.catchUp();
    this.loaded = true;
    let open = await this.withoutForgotten(batch);
    for (let conflicts = 0; open.length > 0; conflicts++) {
      if (conflicts > MAX_CONFLICTS) throw busy('the stream changes too fast');
      const { clock, level } = this.options;
      const decisions = await decideBatch(open, this.state, this.aggregate, clock, level?.written ?? LEVEL);
      for (const { pending, known } of decisions.repeated) this.settleKnown(pending, known);
      // A refusal or "nothing to do" counts only when decided on the present state, and never for a known command.
      if (decisions.refused.length + decisions.unchanged.length > 0) {
        if (await this.catchUp()) {
          const settled = new Set(decisions.repeated.map(({ pending }) => pending));
          open = open.filter((pending) => !settled.has(pending));
          continue;
        }
        await this.answerWithoutEvents(decisions);
      }
      open = decisions.decided.length > 0 ? await this.append(decisions) : decisions.later;
      if (open.length > 0 && conflicts > 1) await pause(Math.random() * 5 * conflicts);
    }
  }

  /**
   * Settles repetitions of commands that the state does not have, where the append would not notice them: forgotten ones,
   * and those that another process found nothing to do for.
   */
  private async withoutForgotten(batch: Pending[]): Promise<Pending[]> {
    if (this.options.store.atomicAnswers) return batch;
    const answers = await this.answersTo(batch.filter((pending) => !this.state.command(idOf(pending))));
    return batch.filter((pending) => {
      const answer = answers.get(idOf(pending));
      if (answer) this.settleKnown(pending, answer);
      return !answer;
    });
  }

  /** Appends what was decided and answers it; returns the commands that must be decided again. */
  private async append({ decided, later, state }: Decisions): Promise<Pending[]> {
    const open = [...decided.map(({ pending }) => pending), ...later];
    const events = decided.flatMap(({ events }) => events);
    const result = await appendUntilKnown(
      { stream: this.stream, expectedRevision: this.state.revision, events, commands: this.recordsOf(decided) },
      this.options,
    );
    if (result.status === 'conflict') {
      await this.catchUp();
      return open;
    }
    const answered = new Map(result.answers.map((answer) => [answer.commandId, answer]));
    if (result.status === 'appended') {
      this.state.adopt(state, events, answered, result.position);
    } else {
      await this.catchUp();
    }
    for (const { pending } of decided) {
      const answer = answered.get(idOf(pending));
      if (!answer) continue;
      if (result.status === 'repeat') this.settleKnown(pending, answer);
      else pending.resolve({ stream: this.stream, revision: answer.revision, position: answer.position, repeated: false });
    }
    return open.filter((pending) => !answered.has(idOf(pending)));
  }

  private recordsOf(decided: readonly Decided[]) {
    let { revision } = this.state;
    return decided.map(({ pending, events }) => {
      revision += events.length;
      return { commandId: idOf(pending), principal: principalOf(pending), digest: pending.digest, revision };
    });
  }

  private async answerWithoutEvents({ refused, unchanged }: Decisions): Promise<void> {
    const [toRefused, toUnchanged] = await Promise.all([
      this.answersTo(refused.map(({ pending }) => pending)),
      this.rememberUnchanged(unchanged),
    ]);
    for (const { pending, error } of refused) {
      const answer = toRefused.get(idOf(pending));
      if (answer) this.settleKnown(pending, answer);
      else pending.reject(error);
    }
    const { revision, position } = this.state;
    for (const pending of unchanged) {
      const answer = toUnchanged.get(idOf(pending));
      if (answer) this.settleKnown(pending, answer);
      else pending.resolve({ stream: this.stream, revision, position, repeated: false });
    }
  }

  /**
   * Also "nothing to do" is an answer: the same id must not have an effect later, when there is something to do. Returns
   * what was known of these commands before; another process may have found something to do just now.
   */
  private async rememberUnchanged(pending: readonly Pending[]): Promise<Map<string, KnownCommand>> {
    if (pending.length === 0) return new Map();
    const { revision, position } = this.state;
    const answers = pending.map((one): StoredAnswer => {
      const known = { principal: principalOf(one), digest: one.digest, revision, position };
      return { commandId: idOf(one), stream: this.stream, ...known };
    });
    const before = byId(await this.options.store.remember(answers));
    for (const { commandId, ...own } of answers) this.state.remember(commandId, before.get(commandId) ?? own);
    return before;
  }

  private async answersTo(pending: readonly Pending[]): Promise<Map<string, KnownCommand>> {
    if (pending.length === 0) return new Map();
    const answers = await this.options.store.answers(pending.map(idOf));
    return byId(answers);
  }

  private settleKnown(pending: Pending, { principal, digest, revision, position }: KnownCommand): void {
    if (principal !== '' && principal !== principalOf(pending)) {
      const detail = 'This command id was used before by someone else. Mint a new id.';
      return pending.reject(new Rejection('idempotency_conflict', { detail }));
    }
    if (digest === pending.digest) return pending.resolve({ stream: this.stream, revision, position, repeated: true });
    const detail = 'This command id was used before with another body. Mint a new id.';
    pending.reject(new Rejection('idempotency_conflict', { detail }));
  }

  private async catchUp(): Promise<boolean> {
    const changed = await this.state.catchUp(this.options.store);
    this.readFirst = changed ? READ_FIRST : Math.max(this.readFirst - 1, 0);
    return changed;
  }
}

const byId = (answers: readonly StoredAnswer[]): Map<string, StoredAnswer> =>
  new Map(answers.map((answer) => [answer.commandId, answer]));
const principalOf = ({ command }: Pending): string => command.metadata.actor;
const idOf = ({ command }: Pending): string => command.metadata.commandId;
