import type { Pool } from 'pg';

const RESAMPLE_MS = 30_000;
const SAMPLES = 3;

/** Further back than this it was set: then it is followed, else times would stand still until it has caught up. */
const SET_BACK_MS = 2_000;

/**
 * The database's time without asking it every time: the offset to this process' monotonic clock is sampled at
 * start and every 30 seconds. So all processes agree to within a few milliseconds, whatever their hosts' clocks
 * say. Goes back only when the database's clock was set back.
 */
export class DatabaseClock {
  private offset = 0;
  private latest = 0;
  private timer?: NodeJS.Timeout;

  /**
   * @param readDatabaseMs the database's time in milliseconds since 1970
   * @param monotonicMs this process' clock
   */
  private constructor(
    private readonly readDatabaseMs: () => Promise<number>,
    private readonly monotonicMs: () => number,
  ) {}

  /** Samples once, then keeps sampling until `stop`. */
  static async start(
    readDatabaseMs: () => Promise<number>,
    monotonicMs: () => number = () => performance.now(),
  ): Promise<DatabaseClock> {
    const clock = new DatabaseClock(readDatabaseMs, monotonicMs);
    await clock.sample();
    clock.timer = setInterval(() => {
      // While the database is away the last offset still holds.
      clock.sample().catch(() => undefined);
    }, RESAMPLE_MS);
    clock.timer.unref();
    return clock;
  }

  static of(pool: Pool): Promise<DatabaseClock> {
    return DatabaseClock.start(async () => {
      const { rows } = await pool.query<{ ms: string }>('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms');
      return Number(rows[0]!.ms);
    });
  }

  /** RFC 3339, UTC, milliseconds. */
  now(): string {
    return new Date(this.nowMs()).toISOString();
  }

  /** Milliseconds since 1970. */
  nowMs(): number {
    this.latest = Math.max(this.latest, Math.floor(this.monotonicMs() + this.offset));
    return this.latest;
  }

  /** It is at least so late: what the database calls due is due here, too. */
  isAtLeast(databaseMs: number): void {
    const behindMs = databaseMs - this.nowMs();
    if (behindMs > 0) this.offset += behindMs;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Takes the sample with the shortest round trip: its error is at most half of that. */
  async sample(): Promise<void> {
    let shortest = Infinity;
    for (let n = 0; n < SAMPLES; n++) {
      const before = this.monotonicMs();
      const database = await this.readDatabaseMs();
      const trip = this.monotonicMs() - before;
      if (trip >= shortest) continue;
      shortest = trip;
      this.offset = database - (before + trip / 2);
    }
    if (this.latest - (this.monotonicMs() + this.offset) > SET_BACK_MS) this.latest = 0;
  }
}
