import { ids, type CommandAnswer, type CommandMessage, type Fact, type Problem } from '@agencyos/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { describeError, pause, together, Wake } from '../background.js';
import type { Commands } from '../commands/commands.js';
import type { DatabaseClock } from '../event-store/database-clock.js';
import type { PresentForm } from '../event-store/present-form.js';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { isFinal } from '../problem.js';
import { NOT_DUE, type TimerOp, type Timers } from '../service-definition.js';
import { ClockJumps } from './clock-jumps.js';
import type { Feed } from './feed.js';
import { isOfAFact, Trouble, type Clock } from './parking.js';
import type { Receivers } from './receivers.js';
import { Standing } from './standing.js';
import { park, parkedPage, parkedStreams, readPosition, unpark, writePosition } from './tables.js';
import { TimerTable, type Due } from './timer-table.js';

export interface TimerDependencies {
  database: DataSource;
  feed: Feed;
  form: PresentForm;
  commands: Commands;
  receivers: Pick<Receivers, 'ready'>;
  /** By which the commands are decided. */
  databaseClock: Pick<DatabaseClock, 'isAtLeast' | 'sample'>;
  logger: Logger;
  metrics: Metrics;
  /** When one that fails is parked; the process's own by default. */
  clock?: Clock;
  /** By which the database's clock is seen to be set; the process's own by default. */
  monotonic?: Clock;
}

/** How often the table is looked at while timers are set or wait for an answer. */
const SCAN_MS = 200;
/** And at least so often, however far off the next one is. */
const LONGEST_PAUSE_MS = 2_000;
/** Where no timer changed, the position is written as often as this: a restart reads that much again. */
const POSITION_EVERY_MS = 1_000;
/** Commands on their way together. */
const AT_ONCE = 100;
const LONGEST_RETRY_MS = 5_000;

interface Failing {
  trouble: Trouble;
  tries: number;
  againAt: number;
}

/**
 * Keeps the timer table as a view of the facts, and fires what is due by the database's clock. A fact whose timers
 * cannot be set has its subject refused; a timer whose command fails alone is parked.
 */
export class TimerKeeper {
  readonly standing: Standing;
  /** Timers set so far: while one waits for the next to become due, an earlier one may be set. */
  private sets = 0;
  private handled = 0;
  private readonly wasSet = new Wake();
  private readonly table: TimerTable;
  private readonly failing = new Map<string, Failing>();
  private readonly clock: Clock;

  constructor(
    private readonly timers: Timers,
    private readonly dependencies: TimerDependencies,
    private readonly longestPauseMs = LONGEST_PAUSE_MS,
  ) {
    this.standing = new Standing(timers.name);
    this.table = new TimerTable(dependencies.database);
    this.clock = dependencies.clock ?? (() => performance.now());
  }

  get name(): string {
    return this.timers.name;
  }

  /** Until the signal aborts. The caller sees to it that one process at a time runs it. */
  async run(signal: AbortSignal): Promise<void> {
    this.failing.clear();
    this.standing.starts();
    await this.countParked();
    await together(signal, (ended) => this.keep(ended), (ended) => this.fire(ended));
  }

  /** Parked timers are due again, timers that could not be set are set. Returns how many went through. */
  async retryParked(): Promise<number> {
    const { database, form } = this.dependencies;
    let passed = 0;
    let after = '-1';
    for (let page = await parkedPage(database, this.name, after); page.length > 0; page = await parkedPage(database, this.name, after)) {
      for (const { fact, position } of page) {
        after = position;
        const done = await database
          .transaction(async (manager) => {
            const { timer } = fact.data as { timer?: Due };
            if (timer) await this.table.set(manager, timer.fact, { ...timer, dueAt: timer.due });
            else for (const op of this.timers.on(form.of(fact))) await this.table.apply(manager, fact, op);
            await unpark(manager, this.name, position);
          })
          .then(() => true, () => false);
        if (done) passed++;
      }
    }
    await this.countParked();
    this.wasSet.wake();
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
      this.handled += facts.length;
      this.sets += 1;
      this.wasSet.wake();
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
      const command = this.timers.refuse?.(fact, `The time limit cannot be kept: ${cause.message.slice(0, 200)}`);
      this.dependencies.logger.error({ consumer: this.name, stream, position: fact.position, error: cause, instead: command?.type }, 'a timer could not be set');
      await this.write(position, async (manager) => {
        if (!command) return park(manager, this.name, fact, cause.message);
        const due = { kind: 'refused', key: id, dueAt: new Date(0).toISOString(), command };
        await this.table.set(manager, { id, metadata: { correlationId: id, depth: 0 } as Fact['metadata'] }, due);
      });
      if (!command) this.standing.parks(`${type} of ${stream}: ${cause.message}`);
    }
  }

  /** Oldest first. A timer goes when its command was accepted or finally refused (overtaken); else it stays due. */
  private async fire(signal: AbortSignal): Promise<void> {
    const jumps = new ClockJumps(this.dependencies.monotonic ?? (() => performance.now()));
    while (!signal.aborted) {
      const { sets } = this;
      const askedAt = jumps.now();
      const { due: all, now } = await this.table.due(AT_ONCE + this.failing.size);
      if (now !== undefined) {
        if (await this.followed(jumps.read(now, askedAt))) continue;
        this.dependencies.databaseClock.isAtLeast(now);
      }
      const due = this.inTurn(all);
      const answers = await this.dependencies.commands.send(due.map(messageOf));
      let gone = 0;
      for (const [index, timer] of due.entries()) if (await this.settled(timer, answers[index]!)) gone++;
      if (due.length === AT_ONCE && gone > 0) continue;
      if (all.length === 0) {
        const at = jumps.now();
        const next = await this.table.next();
        if (await this.followed(jumps.read(next.now, at))) continue;
        if (this.sets === sets) await this.wasSet.wait(Math.min(Math.max(next.inMs ?? this.longestPauseMs, 0), this.longestPauseMs), signal);
        if (this.sets === sets) continue;
      }
      await pause(SCAN_MS, signal);
    }
  }

  /** Those that failed wait longer each time, and behind the others. */
  private inTurn(due: readonly Due[]): Due[] {
    const turns = due.map((timer) => ({ timer, failing: this.failing.get(nameOf(timer)) }));
    return turns
      .filter(({ failing }) => !failing || failing.againAt <= this.clock())
      .sort((a, b) => (a.failing?.againAt ?? 0) - (b.failing?.againAt ?? 0))
      .slice(0, AT_ONCE)
      .map(({ timer }) => timer);
  }

  /** Whether the clock was set: then what is due has to be looked up again. */
  private async followed(jumpMs: number): Promise<boolean> {
    if (jumpMs === 0) return false;
    this.dependencies.logger.warn({ consumer: this.name, jumpMs: Math.round(jumpMs) }, 'the database’s clock was set; spans of time go on as before');
    await this.table.follow(jumpMs);
    await this.dependencies.databaseClock.sample();
    return true;
  }

  /** True when the timer is gone. */
  private async settled(timer: Due, answer: CommandAnswer): Promise<boolean> {
    const { database, logger } = this.dependencies;
    const problem = 'problem' in answer ? answer.problem : undefined;
    const name = nameOf(timer);
    if (problem?.code === NOT_DUE) {
      // Decided by a clock that is behind: set again for when it says.
      await this.table.postpone(timer, typeof problem.retryAt === 'string' ? problem.retryAt : timer.due);
      return true;
    }
    if (problem && !isFinal(problem)) return this.isParkedAfter(timer, problem);
    if (problem) logger.debug({ kind: timer.kind, key: timer.key, code: problem.code }, 'timer was overtaken');
    await this.table.remove(database, timer);
    this.handled++;
    if (this.failing.delete(name)) this.standing.passes(name);
    return true;
  }

  private async isParkedAfter(timer: Due, problem: Problem): Promise<boolean> {
    const { database, receivers, logger, metrics } = this.dependencies;
    const name = nameOf(timer);
    const known = this.failing.get(name) ?? { trouble: new Trouble(() => this.handled, this.clock), tries: 0, againAt: 0 };
    this.failing.set(name, known);
    const verdict = known.trouble.failed(await receivers.ready());
    known.tries++;
    known.againAt = this.clock() + Math.min(SCAN_MS * 2 ** Math.min(known.tries, 6), LONGEST_RETRY_MS);
    const cause = `${timer.command.type} of timer ${timer.kind} ${timer.key}: ${problem.detail ?? problem.code}`;
    if (verdict === 'alarm') this.standing.fails(name, known.trouble.lastsMs, cause);
    if (verdict !== 'park') return false;
    logger.error({ consumer: this.name, kind: timer.kind, key: timer.key, cause }, 'timer parked');
    await database.transaction(async (manager) => {
      await park(manager, this.name, { ...timer.fact, data: { timer }, position: timer.fact.position ?? '0', stream: timer.fact.stream ?? name } as unknown as Fact, cause);
      await this.table.remove(manager, timer);
    });
    this.failing.delete(name);
    this.standing.passes(name);
    this.standing.parks(cause);
    metrics.parked.inc({ consumer: this.name });
    return true;
  }
}

const nameOf = ({ kind, key, due }: Due) => `${kind} ${key} ${due}`;

function messageOf({ kind, fact: { id, metadata }, command }: Due): CommandMessage {
  return {
    id: ids.timerCommand(id, kind),
    type: command.type,
    data: command.data as Record<string, unknown>,
    metadata: { correlationId: metadata.correlationId, causationId: id, depth: metadata.depth + 1 },
  };
}
