import { existsSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AptRoot, packageSource, sourceLine, unpackDebian } from './debian-packages.mjs';
import { runCommand } from './run-command.mjs';

const askAgainAfterMs = 24 * 3_600_000;

/** The path of the project's own bubblewrap, whether it is there or not. */
export const ownBubblewrap = (projectRoot) => join(projectRoot, '.cache/bubblewrap/bwrap');

/**
 * Fetches bubblewrap, which isolates the commands of workers, from the distribution's archive (checked by apt, changes
 * nothing on the system), where neither the system nor the project has it. Without it there are other ways, so that
 * none can be had is no failure; it is not asked for again before a day has passed.
 *
 * @param {{projectRoot: string, onFetch?: () => void}} options
 * @returns {Promise<string | undefined>} path of the program; undefined where none can be had
 */
export async function findBubblewrap({ projectRoot, onFetch = () => {} }) {
  if (process.platform !== 'linux') return undefined;
  const own = ownBubblewrap(projectRoot);
  for (const path of ['/usr/bin/bwrap', '/usr/local/bin/bwrap', own]) if (await runs(path)) return path;
  const source = packageSource();
  const folder = join(own, '..');
  const missing = join(folder, 'not-to-be-had');
  if (!source || isFresh(missing)) return undefined;
  onFetch();
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, 'fetch-'));
  try {
    // The release that runs here: its libraries are those that the program was made for.
    const apt = new AptRoot(scratch, [sourceLine(source, source.codename, componentsOf(source))]);
    await apt.update();
    const [file] = await apt.download(['bubblewrap']);
    await unpackDebian(file, join(scratch, 'files'));
    const fresh = join(scratch, 'bwrap');
    await copyFile(join(scratch, 'files/usr/bin/bwrap'), fresh);
    await chmod(fresh, 0o755);
    await rename(fresh, own); // atomic: two starts at once both end with a whole file
    if (await runs(own)) return own;
    throw new Error('it does not run');
  } catch (error) {
    await writeFile(missing, `${error.message}\n`);
    return undefined;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const componentsOf = ({ id }) => (id === 'ubuntu' ? 'main universe' : 'main');

async function runs(path) {
  return existsSync(path) && (await runCommand(path, ['--version'])).code === 0;
}

function isFresh(file) {
  return existsSync(file) && Date.now() - statSync(file).mtimeMs < askAgainAfterMs;
}
