import { describeError, pause } from './background.js';
import type { Logger } from './logger.js';

const EVERY_MS = 250;
const SAID_EVERY = 40;

/** Waits until somebody else has brought the tables up to date, and says now and then that it does. */
export async function untilMigrated(what: string, isMigrated: () => Promise<boolean>, logger: Logger): Promise<void> {
  for (let tries = 0; ; tries++) {
    let error: unknown;
    const done = await isMigrated().catch((cause: unknown) => void (error = cause));
    if (done) return;
    if (tries % SAID_EVERY === 0) {
      const why = error === undefined ? {} : { error: describeError(error).message };
      logger.warn(why, `waiting for the migrations of ${what}: AGENCYOS_MIGRATIONS is wait, so a Job has to run them`);
    }
    await pause(EVERY_MS);
  }
}
