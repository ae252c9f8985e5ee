import { ids, type CommandMessage, type Fact, type Problem } from '@agencyos/contracts';
import type { DataSource } from 'typeorm';
import { describeError, pause, Wake } from '../background.js';
import type { Commands } from '../commands/commands.js';
import type { PresentForm } from '../event-store/present-form.js';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { isFinal } from '../problem.js';
import type { Memory, PlainCommand, Reaction, Reactions } from '../service-definition.js';
import { isTransient } from '../transient.js';
import { traced } from '../telemetry.js';
import type { Feed } from './feed.js';
import { park, parkedFacts, readMemory, readPosition, unpark, writeMemory, writePosition, type MemoryChange } from './tables.js';

export interface ReactorDependencies {
  database: DataSource;
  feed: Feed;
  form: PresentForm;
  commands: Commands;
  logger: Logger;
  metrics: Metrics;
}

interface InHand {
  position: bigint;
  done: boolean;
}

const IN_HAND_LIMIT = 1_000;
const CACHED_MEMORY = 20_000;
const WRITE_EVERY_MS = 250;
/** `react` itself throwing is a defect or a missing fact of ours: tried so often, then the fact is parked. */
const TRIES = 5;

/**
 * Runs one set of reactions. Facts of one stream one after another, streams side by side; the position moves over
 * everything that is finished. After a permanent failure a fact and all later ones of its stream are parked, in order.
 */
export class Reactor {
  private readonly lanes = new Map<string, Promise<void>>();
  private readonly inHand: InHand[] = [];
  private readonly parkedStreams = new Set<string>();
  private readonly memoryCache = new Map<string, unknown>();
  private readonly unwritten = new Map<string, unknown>();
  private handled = 0n;
  private readonly writer = new Wake();

  constructor(
    private readonly reactions: Reactions,
    private readonly dependencies: ReactorDependencies,
  ) {}

  get name(): string {
    return this.reactions.name;
  }

  /** Until the signal aborts. The caller sees to it that one process at a time runs it. */
  async run(signal: AbortSignal): Promise<void> {
    const { database, feed } = this.dependencies;
    this.reset(await readPosition(database, this.name));
    await this.refreshParked();
    const failed = new AbortController();
    const stop = AbortSignal.any([signal, failed.signal]);
    const writer = this.writePositions(stop).catch((error: unknown) => {
      failed.abort();
      throw error;
    });
    try {
      for await (const { facts, position } of feed.follow(this.handled, this.reactions.categories, stop)) {
        for (const fact of facts) await this.take(fact, stop);
        this.inHand.push({ position, done: true });
        this.writer.wake();
      }
    } finally {
      // Also when the feed met what it cannot read: whoever starts again must be alone.
      failed.abort();
      await Promise.allSettled(this.lanes.values());
      await writer;
    }
  }

  /** Parked facts once more, in order; those that fail again stay. Returns how many went through. */
  async retryParked(): Promise<number> {
    const { database } = this.dependencies;
    const stuck = new Set<string>();
    let passed = 0;
    for (const { fact, stream, position } of await parkedFacts(database, this.name)) {
      if (stuck.has(stream)) continue;
      try {
        // It was parked as it was read then.
        await this.handle(this.dependencies.form.of(fact));
        await unpark(database, this.name, position);
        passed += 1;
      } catch (error) {
        stuck.add(stream);
        await park(database, this.name, fact, describeError(error).message);
      }
    }
    await this.refreshParked();
    return passed;
  }

  private reset(position: bigint): void {
    this.handled = position;
    this.inHand.length = 0;
    this.lanes.clear();
    this.memoryCache.clear();
    this.unwritten.clear();
  }

  private async refreshParked(): Promise<void> {
    const parked = await parkedFacts(this.dependencies.database, this.name);
    this.parkedStreams.clear();
    for (const { stream } of parked) this.parkedStreams.add(stream);
    this.dependencies.metrics.parked.set({ consumer: this.name }, parked.length);
  }

  private async take(fact: Fact, signal: AbortSignal): Promise<void> {
    while (this.inHand.length > IN_HAND_LIMIT && !signal.aborted) await Promise.race(this.lanes.values());
    const entry: InHand = { position: BigInt(fact.position), done: false };
    this.inHand.push(entry);
    const lane = (this.lanes.get(fact.stream) ?? Promise.resolve())
      .then(() => this.settle(fact, signal))
      .then((finished) => {
        entry.done = finished;
        if (this.lanes.get(fact.stream) === lane) this.lanes.delete(fact.stream);
        this.writer.wake();
      });
    this.lanes.set(fact.stream, lane);
  }

  /** True once handled or parked; false when the signal ended it before. */
  private async settle(fact: Fact, signal: AbortSignal): Promise<boolean> {
    const { logger } = this.dependencies;
    let failures = 0;
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        if (this.parkedStreams.has(fact.stream)) await this.parkFact(fact, 'an earlier fact of this stream is parked');
        else await this.handle(fact, signal);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        if (error instanceof Unavailable || isTransient(error)) {
          const cause = describeError(error).message;
          logger.warn({ consumer: this.name, stream: fact.stream, type: fact.type, tries, cause }, 'waiting for an answer');
        } else if (++failures >= TRIES) {
          const cause = describeError(error);
          logger.error({ consumer: this.name, stream: fact.stream, position: fact.position, error: cause }, 'fact parked');
          await this.parkFact(fact, cause.message).catch(() => undefined);
          if (this.parkedStreams.has(fact.stream)) return true;
        }
        await pause(Math.min(50 * 2 ** Math.min(tries, 6), 2_000) * (0.5 + Math.random() / 2), signal);
      }
    }
    return false;
  }

  private async parkFact(fact: Fact, cause: string): Promise<void> {
    await park(this.dependencies.database, this.name, fact, cause);
    this.parkedStreams.add(fact.stream);
    this.dependencies.metrics.parked.inc({ consumer: this.name });
  }

  private async handle(fact: Fact, signal?: AbortSignal): Promise<void> {
    const changes = new Map<string, unknown>();
    const memory: Memory = {
      get: async <T>(key: string) => (changes.has(key) ? changes.get(key) : await this.remembered(key)) as T | undefined,
      set: (key, value) => changes.set(key, JSON.parse(JSON.stringify(value))),
      delete: (key) => changes.set(key, undefined),
    };
    const reactions = await this.reactions.react(fact, memory);
    if (reactions.length > 0) await this.send(fact, reactions, signal);
    for (const [key, value] of changes) {
      this.unwritten.set(key, value);
      this.remember(key, value);
    }
  }

  private async send(fact: Fact, reactions: Reaction[], signal?: AbortSignal): Promise<void> {
    const counts = new Map<string, number>();
    for (const { name, command, ifRefused } of reactions) {
      const n = counts.get(name) ?? 0;
      counts.set(name, n + 1);
      const problem = await this.sendOne(fact, ids.reactionCommand(fact.id, name, n), command, signal);
      if (!problem) continue;
      const instead = ifRefused?.(problem) ?? [];
      this.dependencies.logger.info(
        { consumer: this.name, reaction: name, command: command.type, stream: fact.stream, code: problem.code, instead: instead.length },
        'reaction was refused',
      );
      for (const [index, other] of instead.entries()) {
        const again = await this.sendOne(fact, ids.reactionCommand(fact.id, `${name}/${n}/refused`, index), other, signal);
        if (again) this.dependencies.logger.info({ command: other.type, code: again.code }, 'and so was its substitute');
      }
    }
  }

  /** Undefined when accepted, else the final refusal. @throws Unavailable when there was no answer. */
  private sendOne(fact: Fact, id: string, command: PlainCommand & { onBehalfOf?: string }, signal?: AbortSignal): Promise<Problem | undefined> {
    return traced(`reaction ${this.name}`, fact.metadata, { 'agencyos.event.id': fact.id }, async (trace) => {
      const message: CommandMessage = {
        id,
        type: command.type,
        data: command.data as Record<string, unknown>,
        metadata: {
          correlationId: fact.metadata.correlationId,
          causationId: fact.id,
          depth: fact.metadata.depth + 1,
          ...(command.onBehalfOf && { onBehalfOf: command.onBehalfOf }),
          ...(trace.traceparent && { traceparent: trace.traceparent }),
          ...(trace.tracestate && { tracestate: trace.tracestate }),
        },
      };
      const [answer] = await this.dependencies.commands.send([message]);
      if (signal?.aborted) throw new Unavailable('stopping');
      if (!answer || !('problem' in answer)) return undefined;
      if (!isFinal(answer.problem)) throw new Unavailable(answer.problem.detail ?? answer.problem.code);
      return answer.problem;
    });
  }

  private async remembered(key: string): Promise<unknown> {
    if (!this.memoryCache.has(key)) this.remember(key, await readMemory(this.dependencies.database, this.name, key));
    return structuredClone(this.memoryCache.get(key));
  }

  private remember(key: string, value: unknown): void {
    this.memoryCache.delete(key);
    this.memoryCache.set(key, value);
    if (this.memoryCache.size <= CACHED_MEMORY) return;
    for (const oldest of this.memoryCache.keys()) {
      if (!this.unwritten.has(oldest)) return void this.memoryCache.delete(oldest);
    }
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
      if (ended) await Promise.allSettled(this.lanes.values());
      await this.writePosition(this.finishedFront());
    }
  }

  private async writePosition(front: bigint): Promise<void> {
    if (front <= this.handled && this.unwritten.size === 0) return;
    const { database, metrics } = this.dependencies;
    const changes: MemoryChange[] = [...this.unwritten].map(([key, value]) => ({ key, value }));
    await database.transaction(async (manager) => {
      await writeMemory(manager, this.name, changes);
      await writePosition(manager, this.name, front);
    });
    for (const { key, value } of changes) if (this.unwritten.get(key) === value) this.unwritten.delete(key);
    this.handled = front;
    metrics.consumerPosition.set({ consumer: this.name }, Number(front));
  }

  private finishedFront(): bigint {
    let front = this.handled;
    while (this.inHand[0]?.done) {
      const { position } = this.inHand.shift()!;
      if (position > front) front = position;
    }
    return front;
  }
}

/** The receiver did not answer: not the fact's fault, so it is tried until it does. */
class Unavailable extends Error {
  override readonly name = 'Unavailable';
}
