import type { Clock } from './parking.js';

/** Less is the error of reading it. */
const JUMP_MS = 2_000;

/** Sees the database's clock being set, by a clock that runs evenly. */
export class ClockJumps {
  private last: { database: number; before: number; after: number } | undefined;

  constructor(private readonly clock: Clock) {}

  now(): number {
    return this.clock();
  }

  /**
   * By how many ms it was set since the last reading; 0 when it just went on.
   * @param askedAt when it was asked for, by {@link now}
   */
  read(database: number, askedAt: number): number {
    const after = this.clock();
    const { last } = this;
    this.last = { database, before: askedAt, after };
    if (!last) return 0;
    const passed = database - last.database;
    const [least, most] = [askedAt - last.after, after - last.before];
    if (passed > most + JUMP_MS) return passed - most;
    return passed < least - JUMP_MS ? passed - least : 0;
  }
}
