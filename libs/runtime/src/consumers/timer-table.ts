import type { Fact, PublishedCommand } from '@agencyos/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import type { TimerOp, TimerSet } from '../service-definition.js';
import { storable } from './tables.js';

/** What a timer keeps of the fact that set it. */
export type FactRef = Pick<Fact, 'id' | 'metadata'> &
  Partial<Pick<Fact, 'type' | 'schema' | 'context' | 'stream' | 'revision' | 'position'>>;

export interface Due {
  kind: string;
  key: string;
  due: string;
  fact: FactRef;
  command: PublishedCommand;
}

type Runner = DataSource | EntityManager;

/** What is parked of a fact whose timers could not fire. */
export interface ParkedTimers {
  timers?: Due[];
}

/** Stands where its fact does; timers of the same fact are parked together. */
export async function parkTimer(runner: Runner, consumer: string, timer: Due, cause: string): Promise<void> {
  const { position = '0', stream = `${timer.kind}-${timer.key}` } = timer.fact;
  const parked = JSON.stringify({ ...timer.fact, position, stream, data: { timers: [timer] } satisfies ParkedTimers });
  await runner.query(
    `INSERT INTO parked (consumer, epoch, position, stream, fact, cause, held) VALUES ($1, '', $2, $3, $4, $5, false)
     ON CONFLICT (consumer, epoch, position) DO UPDATE SET cause = excluded.cause, parked_at = clock_timestamp(),
       fact = jsonb_set(parked.fact::jsonb, '{data,timers}',
         coalesce(parked.fact::jsonb #> '{data,timers}', '[]') || (excluded.fact::jsonb #> '{data,timers}'))::json`,
    [consumer, position, stream, parked, storable(cause)],
  );
}

/** Timers of one service; all times are the database's. */
export class TimerTable {
  constructor(private readonly database: DataSource) {}

  async apply(runner: Runner, { data: _, ...fact }: Fact, op: TimerOp): Promise<void> {
    if ('cancel' in op) {
      await runner.query('DELETE FROM timer WHERE kind = $1 AND key = $2', [op.cancel.kind, op.cancel.key]);
      return;
    }
    await this.set(runner, fact, op.set);
  }

  /** A span of time counts from now where the fact, by the database's clock, lies in the future: that was set back. */
  async set(runner: Runner, fact: FactRef, { kind, key, dueAt, command, elapses = false }: TimerSet): Promise<void> {
    await runner.query(
      `INSERT INTO timer (kind, key, due_at, fact, command, elapses)
       VALUES ($1, $2, CASE WHEN $6 THEN least($3::timestamptz, clock_timestamp() + ($3::timestamptz - $7::timestamptz)) ELSE $3 END, $4, $5, $6)
       ON CONFLICT (kind, key) DO UPDATE
       SET due_at = excluded.due_at, fact = excluded.fact, command = excluded.command, elapses = excluded.elapses`,
      [kind, key, dueAt, JSON.stringify(fact), JSON.stringify(command), elapses, fact.metadata.recordedAt ?? dueAt],
    );
  }

  /** Oldest first, with the database's time. */
  async due(limit: number): Promise<{ due: Due[]; now?: number }> {
    const rows = (await this.database.query(
      `SELECT kind, key, due_at::text AS due, fact, command, extract(epoch FROM clock_timestamp()) * 1000 AS now
       FROM timer WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT $1`,
      [limit],
    )) as (Due & { now: string })[];
    return { due: rows.map(({ now: _, ...due }) => due), ...(rows[0] && { now: Number(rows[0].now) }) };
  }

  /** ms until the next one is due, and the database's time. */
  async next(): Promise<{ inMs?: number; now: number }> {
    const [row] = (await this.database.query(
      `SELECT ceil(extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::float8 AS ms,
         extract(epoch FROM clock_timestamp()) * 1000 AS now FROM timer`,
    )) as [{ ms: number | null; now: string }];
    return { ...(row.ms !== null && { inMs: row.ms }), now: Number(row.now) };
  }

  /** False when it was gone already, or has been set anew. */
  async remove(runner: Runner, { kind, key, due }: Due): Promise<boolean> {
    const statement = 'DELETE FROM timer WHERE kind = $1 AND key = $2 AND due_at = $3::timestamptz';
    const [, removed] = (await runner.query(statement, [kind, key, due])) as [unknown, number];
    return removed > 0;
  }

  async postpone({ kind, key, due }: Due, until: string): Promise<void> {
    await this.database.query(
      'UPDATE timer SET due_at = $4::timestamptz WHERE kind = $1 AND key = $2 AND due_at = $3::timestamptz',
      [kind, key, due, until],
    );
  }

  /** The database's clock was set by so much: spans of time are as long as before. */
  async follow(jumpMs: number): Promise<void> {
    await this.database.query(`UPDATE timer SET due_at = due_at + $1::float8 * interval '1 ms' WHERE elapses`, [jumpMs]);
  }
}
