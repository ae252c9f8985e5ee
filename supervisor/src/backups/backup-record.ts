import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { writeOwnFile } from '../own-file.js';

const Made = z.object({ at: z.string(), file: z.string(), bytes: z.number(), events: z.number(), digest: z.string() });
/** One that was made and lies in its file. */
export type Made = z.infer<typeof Made>;

const Record = z.object({
  /** Since when backups are made here. */
  since: z.string(),
  /** Oldest first. */
  made: z.array(Made),
  /** The last attempt, if it failed. */
  failed: z.object({ at: z.string(), why: z.string() }).optional(),
});
export type BackupRecord = z.infer<typeof Record>;

/** What became of the backups, over restarts; a file that cannot be read is as good as none. */
export function readRecord(file: string, now: number): BackupRecord {
  const empty: BackupRecord = { since: new Date(now).toISOString(), made: [] };
  if (!existsSync(file)) return empty;
  try {
    return Record.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return empty;
  }
}

export const writeRecord = (file: string, record: BackupRecord): Promise<void> =>
  writeOwnFile(file, `${JSON.stringify(record, undefined, 2)}\n`);
