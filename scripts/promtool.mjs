// Prometheus's own checker of rules, for a test: one on PATH, else from the distribution's package, unpacked into the project.
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { AptRoot, packageSource, sourceLine, unpackDebian } from '../supervisor/bin/debian-packages.mjs';
import { Problem } from '../supervisor/bin/problem.mjs';

/**
 * @param {string} projectRoot
 * @returns {Promise<string>} path of promtool
 * @throws {Problem} where none can be had
 */
export async function findPromtool(projectRoot) {
  const folder = join(projectRoot, '.cache/promtool');
  const own = join(folder, 'promtool');
  const onPath = (process.env.PATH ?? '').split(delimiter).map((path) => join(path, 'promtool'));
  const found = [...onPath, own].find((path) => existsSync(path));
  if (found) return found;
  const source = packageSource();
  if (!source) throw new Problem('promtool is neither on PATH nor a package of this system.');
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, 'fetch-'));
  try {
    const apt = new AptRoot(scratch, [sourceLine(source, source.codename, source.id === 'debian' ? 'main' : 'universe')]);
    await apt.update();
    const [file] = await apt.download(['prometheus']);
    await unpackDebian(file, join(scratch, 'files'));
    await copyFile(join(scratch, 'files/usr/bin/promtool'), join(scratch, 'promtool'));
    await chmod(join(scratch, 'promtool'), 0o755);
    await rename(join(scratch, 'promtool'), own); // atomic: two at once both end with a whole file
    return own;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
