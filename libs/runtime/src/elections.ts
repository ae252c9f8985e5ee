import pg from 'pg';
import { pause } from './background.js';
import type { RuntimeConfig } from './config.js';

/**
 * One holder per name among all replicas, by advisory locks of one database session. When the session breaks every
 * holder of this process is told to stop: whoever is elected next must not meet a second one at work.
 */
export class Elections {
  private session: pg.Client | undefined;
  private opening: Promise<pg.Client> | undefined;
  private lost = new AbortController();

  constructor(private readonly config: RuntimeConfig) {}

  /** Waits for the lock, runs `task` until it ends or `signal` aborts or the lock is lost, then gives the lock back. */
  async hold(name: string, signal: AbortSignal, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const key = `${this.config.name}/${name}`;
    while (!signal.aborted) {
      const session = await this.open();
      const lost = this.lost.signal;
      const { rows } = await session.query<{ held: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held', [key]);
      if (!rows[0]?.held) {
        await pause(500, signal);
        continue;
      }
      try {
        return await task(AbortSignal.any([signal, lost]));
      } finally {
        await session.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [key]).catch(() => undefined);
      }
    }
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
