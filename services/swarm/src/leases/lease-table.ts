import type { AttemptRef, Usage } from '@agencyos/contracts';
import type { DataSource, EntityManager } from 'typeorm';

/** A lease as its grant says; its clock starts when it is written, so a late row is late, never wrong. */
export interface GrantedLease extends AttemptRef {
  agentId: string;
  instanceId: string;
  leaseMs: number;
  /** Id of the `TaskLeased`. */
  eventId: string;
  stop?: string;
}

export interface HeldAttempt extends AttemptRef {
  agentId: string;
  instanceId: string;
  usage?: Usage;
}

export interface RenewedLease extends AttemptRef {
  agentId: string;
  instanceId: string;
  stop: string | null;
  /** ms from the database's now until its end. */
  untilMs: number;
}

export interface LostLease extends AttemptRef {
  eventId: string;
  lastSeenAt: string;
  usage?: Usage;
}

/** What a look at the leases found. */
export interface Look {
  lost: LostLease[];
  /** ms until the next one runs out, unless it is renewed; undefined when none is held. */
  nextMs?: number;
}

const ATTEMPT = `run_id AS "runId", task_id AS "taskId", attempt`;
/** Longer than this between two looks: nobody was listening, so silence proves nothing. */
const OUTAGE = `interval '2 seconds'`;
/** A look that finds nothing is written down only so often. */
const NOTED = `interval '500 ms'`;

/** Lease rows; all times are the database's. */
export class LeaseTable {
  constructor(private readonly database: DataSource) {}

  /** Writes the row unless it stands already; older attempts of the task are over. */
  async grant({ runId, taskId, attempt, agentId, instanceId, leaseMs, eventId, stop }: GrantedLease): Promise<void> {
    await this.database.query(
      `WITH older AS (DELETE FROM lease WHERE run_id = $1 AND task_id = $2 AND attempt < $3)
       INSERT INTO lease (run_id, task_id, attempt, agent_id, instance_id, lease_ms, until, last_seen_at, event_id, stop)
       VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $6::int * interval '1 ms', clock_timestamp(), $7, $8)
       ON CONFLICT (run_id, task_id, attempt) DO NOTHING`,
      [runId, taskId, attempt, agentId, instanceId, leaseMs, eventId, stop ?? null],
    );
  }

  /** The attempt is over. */
  async end({ runId, taskId, attempt }: AttemptRef): Promise<void> {
    await this.database.query('DELETE FROM lease WHERE run_id = $1 AND task_id = $2 AND attempt <= $3', [runId, taskId, attempt]);
  }

  /** Its holder has one more TTL to stop. @returns whom to tell */
  async stop({ runId, taskId, attempt }: AttemptRef, why: string): Promise<string | undefined> {
    const [rows] = (await this.database.query(
      `UPDATE lease SET stop = $4, until = clock_timestamp() + lease_ms * interval '1 ms'
       WHERE run_id = $1 AND task_id = $2 AND attempt = $3 AND NOT expiring RETURNING agent_id AS "agentId"`,
      [runId, taskId, attempt, why],
    )) as [{ agentId: string }[], number];
    return rows[0]?.agentId;
  }

  /** One statement for everything that was heard; what is not in the result was not renewed. */
  async renew(held: HeldAttempt[]): Promise<RenewedLease[]> {
    const [rows] = (await this.database.query(
      `UPDATE lease SET
         until = CASE WHEN lease.stop IS NULL THEN clock_timestamp() + lease.lease_ms * interval '1 ms' ELSE lease.until END,
         last_seen_at = clock_timestamp(),
         usage = coalesce(heard.usage, lease.usage)
       FROM jsonb_to_recordset($1::jsonb) AS
         heard("runId" uuid, "taskId" text, attempt integer, "agentId" text, "instanceId" text, usage jsonb)
       WHERE lease.run_id = heard."runId" AND lease.task_id = heard."taskId" AND lease.attempt = heard.attempt
         AND lease.agent_id = heard."agentId" AND lease.instance_id = heard."instanceId" AND NOT lease.expiring
       RETURNING lease.run_id AS "runId", lease.task_id AS "taskId", lease.attempt, lease.agent_id AS "agentId",
         lease.instance_id AS "instanceId", lease.stop,
         greatest(0, ceil(extract(epoch FROM lease.until - clock_timestamp()) * 1000))::int AS "untilMs"`,
      [JSON.stringify(held)],
    )) as [RenewedLease[], number];
    return rows;
  }

  /** Those of the attempts for which a row stands, whoever holds it. */
  async known(attempts: AttemptRef[]): Promise<AttemptRef[]> {
    return (await this.database.query(
      `SELECT ${ATTEMPT} FROM lease
       JOIN jsonb_to_recordset($1::jsonb) AS asked("runId" uuid, "taskId" text, n integer)
         ON lease.run_id = asked."runId" AND lease.task_id = asked."taskId" AND lease.attempt = asked.n`,
      [JSON.stringify(attempts.map(({ runId, taskId, attempt }) => ({ runId, taskId, n: attempt })))],
    )) as AttemptRef[];
  }

  /** Looks at the clock: marks what has run out and returns all that is marked, oldest first. */
  async scan(limit: number): Promise<Look> {
    const { work, nextMs } = await this.glance();
    const lost = work ? await this.markLost(limit) : [];
    return { lost, ...(nextMs !== undefined && { nextMs }) };
  }

  private markLost(limit: number): Promise<LostLease[]> {
    return this.database.transaction(async (manager) => {
      if (await this.wasSilent(manager)) {
        await manager.query(
          `UPDATE lease SET expiring = false, until = greatest(until, clock_timestamp() + lease_ms * interval '1 ms')`,
        );
      }
      await manager.query(
        `INSERT INTO lease_scan (at) VALUES (clock_timestamp()) ON CONFLICT (single) DO UPDATE SET at = excluded.at`,
      );
      await manager.query('UPDATE lease SET expiring = true WHERE until < clock_timestamp() AND NOT expiring');
      const rows = (await manager.query(
        `SELECT ${ATTEMPT}, event_id AS "eventId", last_seen_at AS "lastSeenAt", usage FROM lease
         WHERE expiring ORDER BY until LIMIT $1`,
        [limit],
      )) as (Omit<LostLease, 'lastSeenAt' | 'usage'> & { lastSeenAt: Date; usage: Usage | null })[];
      return rows.map(({ lastSeenAt, usage, ...row }) => ({
        ...row,
        lastSeenAt: lastSeenAt.toISOString(),
        ...(usage && { usage }),
      }));
    });
  }

  /** One statement, for most looks find nothing; without leases there is no silence to remember either. */
  private async glance(): Promise<{ work: boolean; nextMs?: number }> {
    const [leases] = (await this.database.query(
      `SELECT bool_or(expiring OR until < clock_timestamp()) AS due,
         greatest(0, extract(epoch FROM min(until) FILTER (WHERE NOT expiring) - clock_timestamp()) * 1000)::float8 AS "nextMs",
         (SELECT at FROM lease_scan) < clock_timestamp() - ${NOTED} AS stale,
         coalesce((SELECT at FROM lease_scan) < clock_timestamp() - ${OUTAGE}, true) AS silent
       FROM lease HAVING count(*) > 0`,
    )) as { due: boolean; nextMs: number | null; stale: boolean; silent: boolean }[];
    if (!leases) return { work: false };
    const work = leases.due || leases.silent;
    // Should this process be held up just here, the silence must still be seen afterwards.
    if (!work && leases.stale) {
      await this.database.query(`UPDATE lease_scan SET at = clock_timestamp() WHERE at >= clock_timestamp() - ${OUTAGE}`);
    }
    return { work, ...(leases.nextMs !== null && { nextMs: leases.nextMs }) };
  }

  private async wasSilent(manager: EntityManager): Promise<boolean> {
    const [last] = (await manager.query(`SELECT at < clock_timestamp() - ${OUTAGE} AS silent FROM lease_scan FOR UPDATE`)) as {
      silent: boolean;
    }[];
    return last?.silent ?? true;
  }
}
