import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One snapshot of the contracts per release. */
export const releasesFolder = join(import.meta.dirname, '..', 'released');

/** The last released contracts; undefined before the first one. */
export async function newestRelease(folder = releasesFolder) {
  const names = (await readdir(folder)).filter((name) => /^\d+\.\d+\.\d+\.json$/.test(name));
  const newest = names.sort(byVersion).at(-1);
  return newest && JSON.parse(await readFile(join(folder, newest), 'utf8'));
}

function byVersion(a, b) {
  const [left, right] = [a, b].map((name) => name.split('.').map(Number));
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : left[at] - right[at];
}
