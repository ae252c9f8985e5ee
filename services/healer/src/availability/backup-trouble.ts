import { cleanText, startOfText } from '@agencyos/contracts';
import type { BackupStatus } from '../supervisor/supervisor-client.js';
import { MINUTE_MS } from '../time.js';

/** One attempt may take as long as this. */
const GRACE_MS = 10 * MINUTE_MS;
const WINDOW_CHARACTERS = 190;

/** What is wrong with the backups, and since when; nothing where they are as good as was asked for. */
export function troubleOf(backups: BackupStatus, now: number): { why: string; since: string } | undefined {
  const { how, lastGood, failed } = backups;
  if (failed)
    return { why: startOfText(cleanText(`the last backup failed: ${failed.why}`), WINDOW_CHARACTERS), since: failed.at };
  const oldAt = Date.parse(backups.oldAt) + GRACE_MS;
  if (now < oldAt) return undefined;
  const why = lastGood ? `the last good backup is of ${lastGood.at}` : 'there is no backup yet';
  return { why: startOfText(`${why}, one ${how} is wanted`, WINDOW_CHARACTERS), since: new Date(oldAt).toISOString() };
}
