import { readFile, rename, writeFile } from 'node:fs/promises';

/** Writes a file for its owner alone, whole or not at all, also when the machine loses its power or the disk is full. */
export async function writeOwnFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}

/**
 * What the file holds, without white space around it; made now where there is none. An empty one is none: a start that
 * was cut short left it behind.
 */
export async function keptOrMade(path: string, make: () => string): Promise<string> {
  const kept = (await readIfThere(path)).trim();
  if (kept) return kept;
  const made = make();
  await writeOwnFile(path, made);
  return made;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
