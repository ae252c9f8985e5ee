import { ids, type CommandAnswer, type CommandMessage, type Problem } from '@agencyos/contracts';
import { pause, Wake } from '../background.js';
import { NOT_OFFERED } from '../commands/require-offered.js';
import { isFinal } from '../problem.js';
import { NOT_DUE } from '../service-definition.js';
import { ClockJumps } from './clock-jumps.js';
import { Trouble, type Clock } from './parking.js';
import type { Standing } from './standing.js';
import type { TimerDependencies } from './timer-keeper.js';
import { parkTimer, type Due, type TimerTable } from './timer-table.js';

/** How often the table is looked at while timers are set or wait for an answer. */
const SCAN_MS = 200;
/** And at least so often, however far off the next one is. */
const LONGEST_PAUSE_MS = 2_000;
/** Commands on their way together. */
const AT_ONCE = 100;
const LONGEST_RETRY_MS = 5_000;

/** How often a command is sent again that is offered only once the upgrade is finished. */
const UPGRADE_RETRY_MS = 60_000;

interface Failing {
  trouble: Trouble;
  tries: number;
  againAt: number;
}

/** Fires what is due by the database's clock. A timer whose command fails alone is parked. */
export class TimerFiring {
  /** Timers set so far: while one waits for the next to become due, an earlier one may be set. */
  private sets = 0;
  private handled = 0;
  private readonly set = new Wake();
  private readonly failing = new Map<string, Failing>();
  private readonly clock: Clock;

  constructor(
    private readonly table: TimerTable,
    private readonly standing: Standing,
    private readonly dependencies: TimerDependencies,
    private readonly longestPauseMs = LONGEST_PAUSE_MS,
  ) {
    this.clock = dependencies.clock ?? (() => performance.now());
  }

  /** So many facts have set or cancelled timers. */
  wasSet(facts: number): void {
    this.handled += facts;
    this.sets += 1;
    this.set.wake();
  }

  /** Looks at the table before it would by itself. */
  wake(): void {
    this.set.wake();
  }

  /** Oldest first. A timer goes when its command was accepted or finally refused (overtaken); else it stays due. */
  async run(signal: AbortSignal): Promise<void> {
    this.failing.clear();
    const jumps = new ClockJumps(this.dependencies.monotonic ?? (() => performance.now()));
    while (!signal.aborted) {
      const { sets } = this;
      const askedAt = jumps.now();
      const most = AT_ONCE + this.failing.size;
      const { due: all, now } = await this.table.due(most);
      if (all.length < most) this.forgetAllBut(all);
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
        if (this.sets === sets)
          await this.set.wait(Math.min(Math.max(next.inMs ?? this.longestPauseMs, 0), this.longestPauseMs), signal);
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

  /** What was cancelled or set anew while it failed is nobody's trouble any more. */
  private forgetAllBut(due: readonly Due[]): void {
    const present = new Set(due.map(nameOf));
    for (const name of this.failing.keys()) {
      if (present.has(name)) continue;
      this.failing.delete(name);
      this.standing.passes(name);
    }
  }

  /** Whether the clock was set: then what is due has to be looked up again. */
  private async followed(jumpMs: number): Promise<boolean> {
    if (jumpMs === 0) return false;
    this.dependencies.logger.warn(
      { consumer: this.standing.consumer, jumpMs: Math.round(jumpMs) },
      'the database’s clock was set; spans of time go on as before',
    );
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
    if (problem?.code === NOT_OFFERED) {
      await this.table.postpone(timer, new Date(this.dependencies.databaseClock.nowMs() + UPGRADE_RETRY_MS).toISOString());
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
    const isStillSet = await database.transaction(async (manager) => {
      if (!(await this.table.remove(manager, timer))) return false;
      await parkTimer(manager, this.standing.consumer, timer, cause);
      return true;
    });
    this.failing.delete(name);
    this.standing.passes(name);
    if (!isStillSet) return true;
    logger.error({ consumer: this.standing.consumer, kind: timer.kind, key: timer.key, cause }, 'timer parked');
    this.standing.parks(cause);
    metrics.parked.inc({ consumer: this.standing.consumer });
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
