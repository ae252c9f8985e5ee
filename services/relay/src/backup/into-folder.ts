import { Backups, Problem } from '@agencyos/supervisor';
import type { BackupRequest, WrittenBackup } from './make-backup.js';

/** Of the status of one who makes them by the hour; here somebody else's schedule does. */
const NOBODY_ASKS = 24;

/**
 * Makes one in a folder, with the time in its name, and removes the oldest of those that were made so: what stands there
 * from others stays.
 * @throws Problem that says why there is none
 */
export async function makeInFolder(
  { file: to, ...request }: BackupRequest,
  keep: number,
  make: (request: BackupRequest) => Promise<WrittenBackup>,
): Promise<WrittenBackup> {
  let made: WrittenBackup | undefined;
  const backups = new Backups({ everyHours: NOBODY_ASKS, keep, to }, to, async (file) => {
    made = await make({ ...request, file });
    return made;
  });
  await backups.once(new AbortController().signal);
  if (!made) throw new Problem(backups.status().failed?.why ?? `There is no backup in ${to}.`);
  return made;
}
