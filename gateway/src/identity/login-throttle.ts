import { Rejection } from '@agencyos/decider';
import { Background, pause } from '@agencyos/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { hashSecret } from './secrets.js';

const FREE_FAILURES = 4;
const LONGEST_WAIT_S = 15 * 60;
const FORGOTTEN_AFTER_MINUTES = 60;
const MOST_ROWS = 10_000;
const TIDY_EVERY_MS = 60_000;

/**
 * Exponential waiting after failed attempts, per key (name and address), by the database's clock and for all gateways. A
 * key is stored as its hash: people type passwords where a name belongs.
 */
@Injectable()
export class LoginThrottle implements OnApplicationBootstrap {
  constructor(
    private readonly database: DataSource,
    private readonly background: Background,
  ) {}

  onApplicationBootstrap(): void {
    this.background.run('login-throttle', async (signal) => {
      while (!signal.aborted) {
        await this.tidy();
        await pause(TIDY_EVERY_MS, signal);
      }
    });
  }

  /** @throws Rejection 429 while the key has to wait. */
  async admit(key: string): Promise<void> {
    const [row] = await this.database.query<{ waitMs: number }[]>(
      `SELECT ceil(extract(epoch FROM blocked_until - clock_timestamp()) * 1000)::int AS "waitMs"
       FROM failed_login WHERE hash = $1 AND blocked_until > clock_timestamp()`,
      [hashSecret(key)],
    );
    if (row) throw tooMany(row.waitMs);
  }

  /** Counted before the answer is known, so that parallel attempts do not slip through. @throws Rejection 429 */
  async attempt(key: string, free = FREE_FAILURES): Promise<void> {
    const [row] = await this.database.query<{ counted: number; waitMs: number | null }[]>(
      `WITH clock AS (SELECT clock_timestamp() AS now),
         counted AS (
           INSERT INTO failed_login AS known (hash, failures, blocked_until, last_at)
           SELECT $1, 1, now, now FROM clock
           ON CONFLICT (hash) DO UPDATE SET (failures, blocked_until, last_at) = (
             SELECT n, excluded.last_at + make_interval(secs => CASE WHEN n <= $2 THEN 0
               ELSE least(power(2, least(n - $2 - 1, 20)), $3) END), excluded.last_at
             FROM (SELECT CASE WHEN known.last_at > excluded.last_at - make_interval(mins => $4)
               THEN known.failures + 1 ELSE 1 END) AS next(n))
           WHERE known.blocked_until <= excluded.last_at
           RETURNING 1
         )
       SELECT (SELECT count(*)::int FROM counted) AS counted,
         (SELECT ceil(extract(epoch FROM blocked_until - now) * 1000)::int FROM failed_login WHERE hash = $1) AS "waitMs"
       FROM clock`,
      [hashSecret(key), free, LONGEST_WAIT_S, FORGOTTEN_AFTER_MINUTES],
    );
    // Blocked this moment by an attempt beside it: the statement does not see for how long.
    if (row!.counted === 0) throw tooMany(Math.max(row!.waitMs ?? 0, 1_000));
  }

  /** That attempt was none. */
  async takeBack(key: string): Promise<void> {
    await this.database.query('UPDATE failed_login SET failures = greatest(failures - 1, 0) WHERE hash = $1', [hashSecret(key)]);
  }

  async succeeded(key: string): Promise<void> {
    await this.database.query('DELETE FROM failed_login WHERE hash = $1', [hashSecret(key)]);
  }

  /** Forgets what is old, and what is too much. */
  async tidy(): Promise<void> {
    await this.database.query(
      `DELETE FROM failed_login WHERE last_at < clock_timestamp() - make_interval(mins => $1)
         OR hash IN (SELECT hash FROM failed_login ORDER BY last_at DESC OFFSET $2)`,
      [FORGOTTEN_AFTER_MINUTES, MOST_ROWS],
    );
  }
}

const tooMany = (waitMs: number): Rejection =>
  new Rejection('too_many_attempts', { retryAfterMs: waitMs, detail: 'Too many attempts. Wait a little.' }, 429);
