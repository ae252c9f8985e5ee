import { nextRuns, readSchedule } from '@agencyos/schedule';
import type { BackupSettings } from './backup-settings.js';

/** When backups are due. */
export interface BackupPlan {
  /** In words, after "one ". */
  how: string;
  /** The next one after that good one. */
  dueAfter(lastGood: number): number;
  /** When the last good one, or none since then, is too old. */
  oldAfter(newest: number): number;
  /** Those that come after that instant, if nothing goes wrong: what people look at before they trust it. */
  coming(after: number): number[];
  /** How long after one that failed another try is of use. */
  retryMs: number;
}

const HOUR_MS = 3_600_000;
const RETRY_MS = 5 * 60_000;
const SHOWN = 3;

/** @param startedAt of the program that makes them */
export function backupPlan({ everyHours, cron, timeZone, catchUp }: BackupSettings, startedAt: number): BackupPlan {
  if (everyHours !== undefined) {
    const everyMs = everyHours * HOUR_MS;
    return {
      how: `every ${everyHours} h`,
      dueAfter: (lastGood) => lastGood + everyMs,
      oldAfter: (newest) => newest + 2 * everyMs,
      coming: (after) => Array.from({ length: SHOWN }, (_, n) => after + (n + 1) * everyMs),
      retryMs: Math.min(RETRY_MS, everyMs),
    };
  }
  const schedule = readSchedule(cron!, timeZone!);
  const next = (after: number): number => schedule.next(after) ?? Infinity;
  return {
    how: `at ${schedule.cron} (${schedule.timeZone})`,
    // However many were missed, one takes their place.
    dueAfter: (lastGood) => next(catchUp === 'none' ? Math.max(lastGood, startedAt) : lastGood),
    oldAfter: (newest) => next(next(newest)),
    coming: (after) => nextRuns(schedule, after, SHOWN),
    retryMs: RETRY_MS,
  };
}
