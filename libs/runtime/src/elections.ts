import pg from 'pg';
import { pause } from './background.js';
import type { RuntimeConfig } from './config.js';

type LockFunction = 'pg_try_advisory_lock' | 'pg_try_advisory_lock_shared' | 'pg_advisory_unlock';

/**
 * One holder per name among all replicas, by advisory locks of one database session. When the session breaks every
 * holder of this process is told to stop: whoever is elected next must not meet a second one at work.
 */
export class Elections {
  private session: pg.Client | undefined;
  private opening: Promise<pg.Client> | undefined;
  private lost = new AbortController();
  private lastQuestion: Promise<unknown> = Promise.resolve();

  constructor(private readonly config: RuntimeConfig) {}

  /** Waits for the lock, runs `task` until it ends or `signal` aborts or the lock is lost, then gives the lock back. */
  async hold(name: string, signal: AbortSignal, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const key = `${this.config.name}/${name}`;
    while (!signal.aborted) {
      const session = await this.open();
      const lost = this.lost.signal;
      if (!(await this.ask(session, 'pg_try_advisory_lock', key))) {
        await pause(500, signal);
        continue;
      }
      try {
        return await task(AbortSignal.any([signal, lost]));
      } finally {
        await this.ask(session, 'pg_advisory_unlock', key).catch(() => false);
      }
    }
  }

  /**
   * Takes a lock that all may hold together, whatever their service, and keeps it as long as the session lasts. Waits for
   * whoever holds it alone. Returns the signal of its loss.
   */
  async share(key: string, signal: AbortSignal): Promise<AbortSignal> {
    for (;;) {
      signal.throwIfAborted();
      const session = await this.open();
      const lost = this.lost.signal;
      if (await this.ask(session, 'pg_try_advisory_lock_shared', key)) return lost;
      await pause(100, signal);
    }
  }

  /** One question at a time: a session is no pool. */
  private ask(session: pg.Client, lockFunction: LockFunction, key: string): Promise<boolean> {
    const answer = this.lastQuestion.then(async () => {
      const sql = `SELECT ${lockFunction}(hashtextextended($1, 0)) AS yes`;
      const { rows } = await session.query<{ yes: boolean }>(sql, [key]);
      return rows[0]?.yes ?? false;
    });
    this.lastQuestion = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    await this.session?.end().catch(() => undefined);
  }

  private open(): Promise<pg.Client> {
    if (this.session) return Promise.resolve(this.session);
    this.opening ??= this.connect().finally(() => (this.opening = undefined));
    return this.opening;
  }

  private async connect(): Promise<pg.Client> {
    const session = new pg.Client({
      connectionString: this.config.databaseUrl,
      application_name: `agencyos-${this.config.name}-elections`,
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
    });
    const lost = new AbortController();
    const drop = () => {
      if (this.session === session) this.session = undefined;
      lost.abort();
    };
    session.on('error', drop);
    session.on('end', drop);
    await session.connect();
    this.lost = lost;
    this.session = session;
    return session;
  }
}
