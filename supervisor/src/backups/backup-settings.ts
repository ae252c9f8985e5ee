import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { readSchedule } from '@agencyos/schedule';
import { z } from 'zod';
import { Problem } from '../../bin/problem.mjs';

const Absolute = z.string().refine(isAbsolute, 'has to be a path from the root');

const Settings = z
  .strictObject({
    everyHours: z.number().min(0.01).max(8_760).optional(),
    /** Instead: times of day, in a time zone. */
    cron: z.string().max(200).optional(),
    timeZone: z.string().max(100).optional(),
    /** What takes the place of those that were missed while nothing ran here: one at the start, or none. */
    catchUp: z.enum(['last', 'none']).optional(),
    /** So many of the newest stay. */
    keep: z.int().min(1).max(1_000).default(7),
    to: Absolute,
    /** `age1…`; who has its key opens them. */
    recipient: z
      .string()
      .regex(/^age1[0-9a-z]+$/, 'is no age1…')
      .optional(),
    passphraseFile: Absolute.optional(),
  })
  .refine(({ recipient, passphraseFile }) => (recipient === undefined) !== (passphraseFile === undefined), {
    error: 'name either recipient or passphraseFile',
  })
  .refine(({ everyHours, cron, timeZone }) => (everyHours === undefined) === (cron !== undefined && timeZone !== undefined), {
    error: 'name either everyHours, or cron and timeZone',
  })
  .refine(({ cron, timeZone, catchUp }) => cron !== undefined || (timeZone === undefined && catchUp === undefined), {
    error: 'timeZone and catchUp belong to cron',
  })
  .check(({ value: { cron, timeZone }, issues }) => {
    try {
      if (cron !== undefined && timeZone !== undefined) readSchedule(cron, timeZone);
    } catch (error) {
      issues.push({ code: 'custom', message: (error as Error).message, input: cron, path: ['cron'] });
    }
  });
/** How backups are made without anybody there. */
export type BackupSettings = z.infer<typeof Settings>;

/**
 * Those in `backup.json` of a data folder; undefined where there is none.
 * @throws Problem: no start is better than one without the backups that somebody counts on
 */
export function readBackupSettings(dataDir: string): BackupSettings | undefined {
  const file = join(dataDir, 'backup.json');
  if (!existsSync(file)) return undefined;
  const parsed = Settings.safeParse(jsonOf(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Problem(`${file} is not understood: ${z.prettifyError(parsed.error)} (docs/backup.md)`);
  const { to, passphraseFile } = parsed.data;
  for (const path of [to, passphraseFile]) {
    if (path && isBelow(dataDir, path))
      throw new Problem(`${file} names ${path}, which is lost together with the data folder: choose a place outside of it.`);
  }
  if (passphraseFile && !existsSync(passphraseFile)) throw new Problem(`${file} names ${passphraseFile}, which is not there.`);
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whatever links lead there. */
function isBelow(folder: string, path: string): boolean {
  const way = relative(realpathSync(folder), present(path));
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}

/** The real path; of what is not there yet, below its nearest folder that is. */
function present(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return join(present(dirname(path)), relative(dirname(path), path));
}
