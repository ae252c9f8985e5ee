import { fitText, type Fact } from '@agencyos/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { describeError, together } from '../background.js';
import type { Commands } from '../commands/commands.js';
import type { DatabaseClock } from '../event-store/database-clock.js';
import type { PresentForm } from '../event-store/present-form.js';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import type { TimerOp, Timers } from '../service-definition.js';
import type { Feed } from './feed.js';
import { isOfAFact, type Clock } from './parking.js';
import type { Receivers } from './receivers.js';
import { Standing } from './standing.js';
import { park, parkedPage, parkedStreams, readPosition, unpark, writePosition } from './tables.js';
import { TimerFiring } from './timer-firing.js';
import { TimerTable, type ParkedTimers } from './timer-table.js';

export interface TimerDependencies {
  database: DataSource;
  feed: Feed;
  form: PresentForm;
  commands: Commands;
  receivers: Pick<Receivers, 'ready'>;
  /** By which the commands are decided. */
  databaseClock: Pick<DatabaseClock, 'isAtLeast' | 'nowMs' | 'sample'>;
  logger: Logger;
  metrics: Metrics;
  /** When one that fails is parked; the process's own by default. */
  clock?: Clock;
  /** By which the database's clock is seen to be set; the process's own by default. */
  monotonic?: Clock;
}

/** Where no timer changed, the position is written as often as this: a restart reads that much again. */
const POSITION_EVERY_MS = 1_000;

/**
 * Keeps the timer table as a view of the facts, and fires what is due by the database's clock. A fact whose timers
 * cannot be set has its subject refused; a timer whose command fails alone is parked.
 */
export class TimerKeeper {
  readonly standing: Standing;
  private readonly table: TimerTable;
  private readonly firing: TimerFiring;

  constructor(
    private readonly timers: Timers,
    private readonly dependencies: TimerDependencies,
    longestPauseMs?: number,
  ) {
    this.standing = new Standing(timers.name);
    this.table = new TimerTable(dependencies.database);
    this.firing = new TimerFiring(this.table, this.standing, dependencies, longestPauseMs);
  }

  get name(): string {
    return this.timers.name;
  }

  /** Until the signal aborts. The caller sees to it that one process at a time runs it. */
  async run(signal: AbortSignal): Promise<void> {
    this.standing.starts();
    await this.countParked();
    await together(
      signal,
      (ended) => this.keep(ended),
      (ended) => this.firing.run(ended),
    );
  }

  /** Parked timers are due again, timers that could not be set are set. Returns how many went through. */
  async retryParked(): Promise<number> {
    const { database, form } = this.dependencies;
    let passed = 0;
    let after = '-1';
    for (
      let page = await parkedPage(database, this.name, after);
      page.length > 0;
      page = await parkedPage(database, this.name, after)
    ) {
      for (const { fact, position } of page) {
        after = position;
        const done = await database
          .transaction(async (manager) => {
            const { timers } = fact.data as ParkedTimers;
            if (timers) for (const timer of timers) await this.table.set(manager, timer.fact, { ...timer, dueAt: timer.due });
            else for (const op of this.timers.on(form.of(fact))) await this.table.apply(manager, fact, op);
            await unpark(manager, this.name, position);
          })
          .then(
            () => true,
            () => false,
          );
        if (done) passed++;
      }
    }
    await this.countParked();
    this.firing.wake();
    return passed;
  }

  private async countParked(): Promise<void> {
    const { facts } = await parkedStreams(this.dependencies.database, this.name);
    this.standing.hasParked(facts);
    this.dependencies.metrics.parked.set({ consumer: this.name }, facts);
  }

  private async keep(signal: AbortSignal): Promise<void> {
    const { database, feed } = this.dependencies;
    const after = await readPosition(database, this.name);
    this.standing.at(after);
    let writtenAt = 0;
    for await (const { facts, position } of feed.follow(after, this.timers.categories, signal)) {
      this.standing.goesOn();
      try {
        const ops = facts.map((fact) => ({ fact, ops: this.timers.on(fact) })).filter(({ ops }) => ops.length > 0);
        if (ops.length === 0 && performance.now() < writtenAt + POSITION_EVERY_MS) {
          this.standing.at(position);
          continue;
        }
        await this.write(position, async (manager) => {
          for (const { fact, ops: all } of ops) await this.apply(manager, fact, all);
        });
      } catch (error) {
        if (!isOfAFact(error)) throw error;
        for (const fact of facts) await this.keepOne(fact);
        await this.write(position);
      }
      writtenAt = performance.now();
      this.firing.wasSet(facts.length);
    }
  }

  private async write(position: bigint, change?: (manager: EntityManager) => Promise<void>): Promise<void> {
    await this.dependencies.database.transaction(async (manager) => {
      await change?.(manager);
      await writePosition(manager, this.name, position);
    });
    this.standing.at(position);
  }

  private async apply(manager: EntityManager, fact: Fact, ops: readonly TimerOp[]): Promise<void> {
    for (const op of ops) await this.table.apply(manager, fact, op);
  }

  /** What cannot be set ends its subject, at once and until that is answered; where nothing can be ended, it is parked. */
  private async keepOne(fact: Fact): Promise<void> {
    const position = BigInt(fact.position);
    try {
      await this.write(position, (manager) => this.apply(manager, fact, this.timers.on(fact)));
    } catch (error) {
      if (!isOfAFact(error)) throw error;
      const { id, type, stream } = fact;
      const cause = describeError(error);
      const command = this.timers.refuse?.(fact, `The time limit cannot be kept: ${fitText(cause.message, 200)}`);
      this.dependencies.logger.error(
        { consumer: this.name, stream, position: fact.position, error: cause, instead: command?.type },
        'a timer could not be set',
      );
      await this.write(position, async (manager) => {
        if (!command) return park(manager, this.name, fact, cause.message);
        const due = { kind: 'refused', key: id, dueAt: new Date(0).toISOString(), command };
        await this.table.set(manager, { id, metadata: { correlationId: id, depth: 0 } as Fact['metadata'] }, due);
      });
      if (!command) this.standing.parks(`${type} of ${stream}: ${cause.message}`);
    }
  }
}
