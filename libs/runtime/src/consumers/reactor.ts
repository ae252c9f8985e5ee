import type { Fact } from '@agencyos/contracts';
import type { DataSource } from 'typeorm';
import { describeError, pause, together, Wake } from '../background.js';
import type { Commands } from '../commands/commands.js';
import type { EventStore } from '../event-store/event-store.js';
import type { PresentForm } from '../event-store/present-form.js';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import type { Reactions } from '../service-definition.js';
import { factsOf, type Feed } from './feed.js';
import { StreamQueues } from './stream-queues.js';
import { Trouble, type Clock } from './parking.js';
import { ReactionMemory } from './reaction-memory.js';
import { NoAnswer, ReactionSender } from './reaction-sender.js';
import type { Receivers } from './receivers.js';
import { Standing } from './standing.js';
import { isParked, park, parkedPage, parkedStreams, readPosition, unpark, writePosition } from './tables.js';

export interface ReactorDependencies {
  database: DataSource;
  store: EventStore;
  feed: Feed;
  form: PresentForm;
  commands: Commands;
  receivers: Pick<Receivers, 'ready'>;
  logger: Logger;
  metrics: Metrics;
  /** When a fact that fails is parked; the process's own by default. */
  clock?: Clock;
}

const WRITE_EVERY_MS = 250;

/**
 * Runs one set of reactions. Facts of one stream one after another, streams side by side; the position moves over
 * everything that is finished. What fails alone is parked with all later facts of its stream, in order.
 */
export class Reactor {
  readonly standing: Standing;
  private readonly sender: ReactionSender;
  private readonly memory: ReactionMemory;
  private queues: StreamQueues | undefined;
  private readonly parkedStreams = new Set<string>();
  /** Position that the database knows. */
  private written = 0n;
  /** Facts handled so far. */
  private handled = 0;
  private readonly writer = new Wake();

  constructor(
    private readonly reactions: Reactions,
    private readonly dependencies: ReactorDependencies,
  ) {
    this.standing = new Standing(reactions.name);
    this.sender = new ReactionSender(reactions.name, dependencies);
    this.memory = new ReactionMemory(dependencies.database, reactions.name);
  }

  get name(): string {
    return this.reactions.name;
  }

  /** Until the signal aborts. The caller sees to it that one process at a time runs it. */
  async run(signal: AbortSignal): Promise<void> {
    this.reset(await readPosition(this.dependencies.database, this.name));
    await this.refreshParked();
    await together(
      signal,
      (ended) => this.follow(this.openQueues(ended), ended),
      (ended) => this.writePositions(ended),
    );
  }

  private openQueues(signal: AbortSignal): StreamQueues {
    const { store, logger } = this.dependencies;
    const settle = (fact: Fact) => this.settle(fact, signal);
    const read = (stream: string, fromRevision: number) => factsOf(store, stream, fromRevision);
    this.queues = new StreamQueues(this.written, { settle, read, onFinished: () => this.writer.wake(), logger }, signal);
    return this.queues;
  }

  private async follow(queues: StreamQueues, signal: AbortSignal): Promise<void> {
    for await (const { facts, position } of this.dependencies.feed.follow(this.written, this.reactions.categories, signal)) {
      this.standing.goesOn();
      for (const fact of facts) await queues.take(fact);
      queues.passed(position);
      this.writer.wake();
    }
  }

  /** Parked facts once more, in order; those that fail again stay. Returns how many went through. */
  async retryParked(): Promise<number> {
    const { database, form } = this.dependencies;
    const stuck = new Set<string>();
    let passed = 0;
    let after = '0';
    for (
      let page = await parkedPage(database, this.name, after);
      page.length > 0;
      page = await parkedPage(database, this.name, after)
    ) {
      for (const { fact, stream, position } of page) {
        after = position;
        if (stuck.has(stream)) continue;
        try {
          // It was parked as it was read then.
          await this.handle(form.of(fact));
          await unpark(database, this.name, position);
          passed += 1;
        } catch (error) {
          stuck.add(stream);
          await park(database, this.name, fact, describeError(error).message);
        }
      }
    }
    await this.refreshParked();
    return passed;
  }

  private reset(position: bigint): void {
    this.written = position;
    this.memory.reset();
    this.standing.starts();
    this.standing.at(position);
  }

  private async refreshParked(): Promise<void> {
    const { streams, facts } = await parkedStreams(this.dependencies.database, this.name);
    this.parkedStreams.clear();
    for (const stream of streams) this.parkedStreams.add(stream);
    this.standing.hasParked(facts);
    this.dependencies.metrics.parked.set({ consumer: this.name }, facts);
  }

  /** True once handled or parked; false when the signal ended it before. */
  private async settle(fact: Fact, signal: AbortSignal): Promise<boolean> {
    let trouble: Trouble | undefined;
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        if (await this.isBehindParked(fact)) {
          await this.parkFact(fact, 'an earlier fact of this stream is parked');
          return true;
        }
        await this.handle(fact, signal);
        this.handled++;
        if (trouble) this.standing.passes(fact.stream);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        trouble ??= new Trouble(() => this.handled, this.dependencies.clock);
        if (await this.isParkedAfter(error, fact, trouble, tries)) return true;
        await pause(Math.min(50 * 2 ** Math.min(tries, 6), 2_000) * (0.5 + Math.random() / 2), signal);
      }
    }
    return false;
  }

  /** Judges one failure. True when the fact was parked for it. */
  private async isParkedAfter(error: unknown, fact: Fact, trouble: Trouble, tries: number): Promise<boolean> {
    const { logger, receivers } = this.dependencies;
    const { stream, position, type } = fact;
    this.queues?.fails(stream);
    const cause = describeError(error);
    const verdict = trouble.failed(await receivers.ready(error instanceof NoAnswer ? error.receiver : undefined));
    if (verdict !== 'park') {
      const about = { consumer: this.name, stream, position, type, tries, cause: cause.message };
      if (tries === 1 || verdict === 'alarm') logger.warn(about, 'a fact fails; it is tried again');
      if (verdict === 'alarm') this.standing.fails(stream, trouble.lastsMs, `${type} of ${stream}: ${cause.message}`);
      return false;
    }
    logger.error({ consumer: this.name, stream, position, error: cause }, 'fact parked');
    try {
      await this.parkFact(fact, cause.message);
      return true;
    } catch (failure) {
      logger.warn({ consumer: this.name, stream, position, error: describeError(failure) }, 'fact could not be parked');
      return false;
    }
  }

  /** Asked of the table for each fact of such a stream: another replica may have handled what was parked. */
  private async isBehindParked({ stream }: Fact): Promise<boolean> {
    if (!this.parkedStreams.has(stream)) return false;
    if (await isParked(this.dependencies.database, this.name, stream)) return true;
    await this.refreshParked();
    return false;
  }

  private async parkFact(fact: Fact, cause: string): Promise<void> {
    await park(this.dependencies.database, this.name, fact, cause);
    this.parkedStreams.add(fact.stream);
    this.standing.passes(fact.stream);
    this.standing.parks(`${fact.type} of ${fact.stream}: ${cause}`);
    this.dependencies.metrics.parked.inc({ consumer: this.name });
  }

  private async handle(fact: Fact, signal?: AbortSignal): Promise<void> {
    const { memory, keep } = this.memory.ofFact();
    const reactions = await this.reactions.react(fact, memory);
    if (reactions.length > 0) await this.sender.send(fact, reactions, signal);
    keep();
  }

  /**
   * Memory and position in one transaction, some time after the finished front has moved: what a crash makes
   * happen again has the same command ids and the same memory before it.
   */
  private async writePositions(signal: AbortSignal): Promise<void> {
    for (let ended = false; !ended;) {
      await this.writer.wait(1_000, signal);
      await pause(WRITE_EVERY_MS, signal);
      ended = signal.aborted;
      if (ended) await this.queues?.ended();
      await this.writePosition(this.queues?.front ?? this.written);
    }
  }

  private async writePosition(front: bigint): Promise<void> {
    if (front <= this.written && this.memory.isWritten) return;
    const { database, metrics } = this.dependencies;
    const memoryWritten = await database.transaction(async (manager) => {
      const written = await this.memory.write(manager);
      await writePosition(manager, this.name, front);
      return written;
    });
    memoryWritten();
    this.written = front;
    this.standing.at(front);
    metrics.consumerPosition.set({ consumer: this.name }, Number(front));
  }
}
