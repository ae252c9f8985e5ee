import { ids, type CommandMessage, type Fact } from '@agencyos/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { pause, together, Wake } from '../background.js';
import type { Commands } from '../commands/commands.js';
import type { Logger } from '../logger.js';
import { isFinal } from '../problem.js';
import type { PlainCommand, TimerOp, Timers } from '../service-definition.js';
import type { Feed } from './feed.js';
import { readPosition, writePosition } from './tables.js';

export interface TimerDependencies {
  database: DataSource;
  feed: Feed;
  commands: Commands;
  logger: Logger;
}

type FactRef = Pick<Fact, 'id' | 'metadata'>;
interface Due {
  kind: string;
  key: string;
  due: string;
  fact: FactRef;
  command: PlainCommand;
}

/** How often the table is looked at while timers are set or wait for an answer. */
const SCAN_MS = 200;
/** And at least so often, however far off the next one is. */
const LONGEST_PAUSE_MS = 2_000;
/** Where no timer changed, the position is written as often as this: a restart reads that much again. */
const POSITION_EVERY_MS = 1_000;

/** Keeps the timer table as a view of the facts, and fires what is due by the database's clock. */
export class TimerKeeper {
  /** Timers set so far: while one waits for the next to become due, an earlier one may be set. */
  private sets = 0;
  private readonly wasSet = new Wake();

  constructor(
    private readonly timers: Timers,
    private readonly dependencies: TimerDependencies,
    private readonly longestPauseMs = LONGEST_PAUSE_MS,
  ) {}

  get name(): string {
    return this.timers.name;
  }

  /** Until the signal aborts. The caller sees to it that one process at a time runs it. */
  async run(signal: AbortSignal): Promise<void> {
    await together(signal, (ended) => this.keep(ended), (ended) => this.fire(ended));
  }

  private async keep(signal: AbortSignal): Promise<void> {
    const { database, feed } = this.dependencies;
    const after = await readPosition(database, this.name);
    let writtenAt = 0;
    for await (const { facts, position } of feed.follow(after, this.timers.categories, signal)) {
      const ops = facts.flatMap((fact) => this.timers.on(fact).map((op) => ({ fact, op })));
      if (ops.length === 0 && performance.now() < writtenAt + POSITION_EVERY_MS) continue;
      await database.transaction(async (manager) => {
        for (const { fact, op } of ops) await this.apply(manager, fact, op);
        await writePosition(manager, this.name, position);
      });
      writtenAt = performance.now();
      if (!ops.some(({ op }) => 'set' in op)) continue;
      this.sets += 1;
      this.wasSet.wake();
    }
  }

  private async apply(manager: EntityManager, { id, metadata }: Fact, op: TimerOp): Promise<void> {
    if ('cancel' in op) {
      await manager.query('DELETE FROM timer WHERE kind = $1 AND key = $2', [op.cancel.kind, op.cancel.key]);
      return;
    }
    const { kind, key, dueAt, command } = op.set;
    await manager.query(
      `INSERT INTO timer (kind, key, due_at, fact, command) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (kind, key) DO UPDATE SET due_at = excluded.due_at, fact = excluded.fact, command = excluded.command`,
      [kind, key, dueAt, JSON.stringify({ id, metadata }), JSON.stringify(command)],
    );
  }

  /** Oldest first. A timer goes when its command was accepted or finally refused (overtaken); else it stays due. */
  private async fire(signal: AbortSignal): Promise<void> {
    const { database, logger } = this.dependencies;
    while (!signal.aborted) {
      const { sets } = this;
      const due = (await database.query(
        `SELECT kind, key, due_at::text AS due, fact, command FROM timer WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT 100`,
      )) as Due[];
      const answers = await this.dependencies.commands.send(due.map(messageOf));
      for (const [index, { kind, key, due: at }] of due.entries()) {
        const answer = answers[index]!;
        if ('problem' in answer && !isFinal(answer.problem)) continue;
        if ('problem' in answer) logger.debug({ kind, key, code: answer.problem.code }, 'timer was overtaken');
        await database.query('DELETE FROM timer WHERE kind = $1 AND key = $2 AND due_at = $3::timestamptz', [kind, key, at]);
      }
      if (due.length === 100) continue;
      if (due.length === 0) {
        const nextInMs = await this.nextInMs();
        if (this.sets === sets) await this.wasSet.wait(nextInMs, signal);
        if (this.sets === sets) continue;
      }
      await pause(SCAN_MS, signal);
    }
  }

  private async nextInMs(): Promise<number> {
    const [next] = (await this.dependencies.database.query(
      'SELECT ceil(extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::float8 AS ms FROM timer',
    )) as { ms: number | null }[];
    return Math.min(Math.max(next?.ms ?? this.longestPauseMs, 0), this.longestPauseMs);
  }
}

function messageOf({ kind, fact: { id, metadata }, command }: Due): CommandMessage {
  return {
    id: ids.timerCommand(id, kind),
    type: command.type,
    data: command.data as Record<string, unknown>,
    metadata: { correlationId: metadata.correlationId, causationId: id, depth: metadata.depth + 1 },
  };
}
