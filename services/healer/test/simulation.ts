import { describeCommand, describeEvent, idOfName, ids, type Fact, type Problem } from '@agencyos/contracts';
import { isRejection, type CommandMetadata } from '@agencyos/decider';
import { digestOf, factOf, type AnyAggregate, type Reactions, type RecordedEvent } from '@agencyos/runtime';
import { MemoryEventStore } from '@agencyos/runtime/testing';
import { testMetadata } from '@agencyos/testing/decider';
import { healerReactions } from '../src/reactions/healer.reactions.js';
import { LogSituation } from '../src/reactions/log-situation.js';
import type { StepOutcome } from '../src/repair/repair.decider.js';
import { aggregates } from '../src/service.js';
import { plus } from '../src/time.js';
import { INSTALLATION, SERVICE } from './samples.js';

/** Picks which stream's next fact is handled next; facts of one stream stay in order. */
export type Scheduler = (choices: number) => number;

/** The context's rules with nothing real around them: a log in memory, a clock that is set, reactions one at a time. */
export class Simulation {
  readonly store = new MemoryEventStore();
  readonly situation = new LogSituation(this.store);
  now = '2026-01-01T00:00:00.000Z';
  /** What the driver would say of any action. */
  driver: StepOutcome | undefined;

  private readonly aggregates: AnyAggregate[];
  private readonly reactions: Reactions = healerReactions(this.situation);
  private read = 0n;
  private readonly pending = new Map<string, Fact[]>();
  private sent = 0;

  constructor(private readonly next: Scheduler = () => 0) {
    this.aggregates = aggregates(this.situation, INSTALLATION, {
      outcome: () => Promise.resolve(this.driver),
    });
  }

  pass(ms: number): void {
    this.now = plus(this.now, ms);
  }

  /** Undefined when accepted. */
  async send(type: string, data: object, metadata: Partial<CommandMetadata> = {}): Promise<Problem | undefined> {
    const commandId = metadata.commandId ?? idOfName(`command ${++this.sent}`);
    const definition = describeCommand(type)!;
    const aggregate = this.aggregates.find(({ commands }) => type in commands.types)!;
    const parsed = definition.data.parse(data) as Record<string, unknown>;
    const id = aggregate.idOf?.(parsed) ?? (definition.idField ? String(parsed[definition.idField]) : 'main');
    const stream = `${aggregate.category}-${id}`;
    const events: RecordedEvent[] = [];
    for await (const event of this.store.read(stream)) events.push(event);
    if (events.some((event) => event.metadata.commandId === commandId)) return undefined;
    const state = events.reduce((folded: unknown, event) => {
      const { recordedAt, actor } = event.metadata;
      return aggregate.decider.evolve(
        folded,
        { type: event.type, data: event.data },
        { revision: event.revision, recordedAt, actor },
      );
    }, aggregate.decider.initialState as unknown);
    const command = {
      type,
      data: parsed,
      metadata: testMetadata({ ...SERVICE, ...metadata, commandId, now: this.now }),
    };
    try {
      const prepared = await aggregate.prepare?.(command, state);
      const decided: { type: string; data: Record<string, unknown> }[] = aggregate.decider.decide(
        { ...command, prepared },
        state,
      );
      if (decided.length > 0) await this.append(stream, events.length - 1, decided, command.metadata);
      return undefined;
    } catch (error) {
      if (!isRejection(error)) throw error;
      return { type: '', title: '', status: error.status, code: error.code };
    }
  }

  /** Handles facts, in the order that the scheduler picks, until nothing more follows. */
  async settle(): Promise<void> {
    for (;;) {
      await this.fetch();
      const streams = [...this.pending.keys()];
      if (streams.length === 0) return;
      const stream = streams[this.next(streams.length) % streams.length]!;
      const [fact, ...rest] = this.pending.get(stream)!;
      if (rest.length > 0) this.pending.set(stream, rest);
      else this.pending.delete(stream);
      await this.react(fact!);
    }
  }

  /** Handles no facts: what is sent meanwhile stays unseen by the reactions, as if they were slow. */
  async types(category?: string): Promise<string[]> {
    return (await this.facts(category)).map(({ type }) => type);
  }

  async facts(category?: string): Promise<Fact[]> {
    const { events } = await this.store.readAll(0n, {
      limit: 1_000,
      ...(category && { categories: [category] }),
    });
    return events.map(factOf);
  }

  private async react(fact: Fact): Promise<void> {
    const reactions = await this.reactions.react(fact, undefined as never);
    const counts = new Map<string, number>();
    for (const { name, command, ifRefused } of reactions) {
      const n = counts.get(name) ?? 0;
      counts.set(name, n + 1);
      const problem = await this.send(command.type, command.data, {
        commandId: ids.reactionCommand(fact.id, name, n),
      });
      if (!problem) continue;
      for (const [index, other] of (ifRefused?.(problem) ?? []).entries()) {
        await this.send(other.type, other.data, {
          commandId: ids.reactionCommand(fact.id, `${name}/${n}/refused`, index),
        });
      }
    }
  }

  private async fetch(): Promise<void> {
    const { events, position } = await this.store.readAll(this.read, {
      limit: 1_000,
      categories: this.reactions.categories,
    });
    this.read = position;
    for (const event of events) this.pending.set(event.stream, [...(this.pending.get(event.stream) ?? []), factOf(event)]);
  }

  private async append(
    stream: string,
    expectedRevision: number,
    decided: { type: string; data: Record<string, unknown> }[],
    { commandId, correlationId, causationId, actor, depth, now }: CommandMetadata,
  ): Promise<void> {
    const digest = digestOf({ commandId });
    const metadata = {
      commandId,
      commandDigest: digest,
      correlationId,
      causationId,
      actor,
      depth,
      recordedAt: now,
    };
    const events = decided.map(({ type, data }, n) => {
      // Every event that the rules yield is one that contracts publish.
      if (!describeEvent(type)) throw new Error(`unknown event ${type}`);
      return { id: ids.event(commandId, stream, n), type, schema: 1, data, metadata };
    });
    const commands = [{ commandId, principal: actor, digest, revision: expectedRevision + events.length }];
    const { status } = await this.store.append({ stream, expectedRevision, events, commands });
    if (status !== 'appended') throw new Error(`append gave ${status}`);
  }
}
