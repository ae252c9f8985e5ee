import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Problem } from '../bin/problem.mjs';

/** A file of a data folder, by its path in it. */
export interface KeptFile {
  path: string;
  base64: string;
}

/**
 * Credentials, and what its owner grants commands: nothing else in a data folder outlasts the machine. Not `backup.json`: a
 * copy that is looked at elsewhere must not remove the backups of its original.
 */
const KEPT = /^((credentials|profiles)\.json|cli-token|nkeys\/[A-Za-z0-9_-]{1,100}\.nk|agents\/[A-Za-z0-9_-]{1,100}\.token)$/;

/** The files of a data folder that belong into a backup. */
export function keptFiles(dataDir: string): KeptFile[] {
  const names = ['', 'nkeys', 'agents'].flatMap((folder) => filesIn(dataDir, folder));
  return names
    .filter((path) => KEPT.test(path))
    .sort()
    .map((path) => ({ path, base64: readFileSync(join(dataDir, path)).toString('base64') }));
}

/** Puts them into a new data folder, for its owner only. @throws Problem for a path that no backup of ours names */
export async function writeKeptFiles(dataDir: string, files: readonly KeptFile[]): Promise<void> {
  const foreign = files.find(({ path }) => !KEPT.test(path));
  if (foreign) throw new Problem(`The backup names ${JSON.stringify(foreign.path)}, which is no file of a data folder.`);
  for (const { path, base64 } of files) {
    const file = join(dataDir, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, Buffer.from(base64, 'base64'), { mode: 0o600, flush: true });
  }
}

function filesIn(dataDir: string, folder: string): string[] {
  try {
    const entries = readdirSync(join(dataDir, folder), { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => (folder ? `${folder}/${name}` : name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
