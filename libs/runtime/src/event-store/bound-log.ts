import type { Pool } from 'pg';
import { type EventStore, PositionBeyondLog } from './event-store.js';
import { POSTGRES_LOG } from './postgres/postgres-event-store.js';

/** The database's views, timers and answers were made from another log than the one that is opened. */
export class WrongLog extends Error {
  override readonly name = 'WrongLog';
}

/**
 * Ties the database to the log whose events its views are made from, at the first start. From then on another log
 * is refused: positions of one mean nothing in the other. So is an older copy of it, before any service writes to
 * it what would take the place of the events that it lacks.
 * @throws WrongLog with what to do, PositionBeyondLog
 */
export async function bindLog(pool: Pool, store: EventStore): Promise<void> {
  const identity = await store.identity();
  const bound = await boundLog(pool);
  if (bound?.identity === identity) return assertReached(BigInt(bound.reached), store);
  if (bound === undefined || bound.identity === POSTGRES_LOG) {
    if (identity !== POSTGRES_LOG && (await hasEvents(pool))) {
      throw new WrongLog(
        'the log of this installation is in PostgreSQL, not in KurrentDB. ' +
          'Move it with `agencyos log export` and `agencyos log import`, or unset KURRENTDB_URL',
      );
    }
    return rebindLog(pool, identity);
  }
  if (bound.identity.startsWith('restoring'))
    throw new WrongLog('a restore into this database was not finished: run `agencyos restore` again, or use another one');
  throw new WrongLog(
    identity === POSTGRES_LOG
      ? 'the log of this installation is in KurrentDB: set KURRENTDB_URL'
      : 'this KurrentDB holds the log of another installation, or was made anew: restore it, or start with an empty database',
  );
}

/** From now on the database belongs to this log. The positions in it must be made anew as well. */
export async function rebindLog(pool: Pool, identity: string): Promise<void> {
  await pool.query(
    `INSERT INTO eventstore.bound_log (identity) VALUES ($1)
     ON CONFLICT (single) DO UPDATE SET identity = excluded.identity, reached = 0`,
    [identity],
  );
}

async function boundLog(pool: Pool): Promise<{ identity: string; reached: string } | undefined> {
  const { rows } = await pool.query<{ identity: string; reached: string }>('SELECT identity, reached FROM eventstore.bound_log');
  return rows[0];
}

async function assertReached(position: bigint, store: EventStore): Promise<void> {
  if (position === 0n) return; // a log in PostgreSQL is never older than what was made from it
  const head = await store.head();
  if (position > head) throw new PositionBeyondLog(position, head);
}

async function hasEvents(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ yes: boolean }>('SELECT EXISTS (SELECT FROM eventstore.events) AS yes');
  return rows[0]!.yes;
}
