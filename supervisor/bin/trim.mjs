import { readdir, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * Takes out of an installation what none of our processes reads: the C headers beside Node.js, native parts built for
 * another C library, source maps of packages. A fifth of its size; npm's record of what is installed still holds.
 *
 * @param {string} modules a `node_modules` folder
 */
export async function trimInstallation(modules) {
  // `recursive` goes into no symbolic link, so the workspace's own projects are left alone
  const entries = await readdir(modules, { recursive: true, withFileTypes: true });
  const needless = entries.filter((entry) => isNeedless(entry, join(entry.parentPath, entry.name).slice(modules.length + 1)));
  for (const { parentPath, name } of needless) await rm(join(parentPath, name), { recursive: true, force: true });
}

const otherLibrary = usesGlibc() ? 'musl' : 'gnu';

function isNeedless(entry, path) {
  if (entry.isFile()) return path.endsWith('.map');
  if (/^node-(linux|darwin)-[^/\\]+[/\\](include|share)$/.test(path)) return true;
  return path.split(sep).length <= 2 && new RegExp(`-linux-\\w+-${otherLibrary}$`).test(path);
}

function usesGlibc() {
  return process.platform !== 'linux' || process.report.getReport().header.glibcVersionRuntime !== undefined;
}
