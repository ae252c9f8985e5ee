import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AptRoot, packageSource, sourceLine, unpackDebian } from '../supervisor/bin/debian-packages.mjs';
import { note } from '../supervisor/bin/progress.mjs';
import { runCommand } from '../supervisor/bin/run-command.mjs';

/**
 * A NATS server that is newer than that of this system: the one that NATS_SERVER_NEXT names, else that of Debian's
 * unstable archive (checked by apt, unpacked below the cache, nothing is installed).
 *
 * @param {string} cacheDir
 * @returns {Promise<{folder: string, version: string} | undefined>} the folder where it is called `nats-server`
 */
export async function nextNatsServer(cacheDir) {
  const folder = join(cacheDir, 'nats-next');
  const own = join(folder, 'nats-server');
  const named = process.env.NATS_SERVER_NEXT;
  await mkdir(folder, { recursive: true });
  if (named) {
    await rm(own, { force: true });
    await symlink(resolve(named), own);
  } else if (!existsSync(own)) await fetch(own).catch((error) => note(`No newer NATS server: ${error.message}`));
  const { code, stdout } = existsSync(own) ? await runCommand(own, ['--version']) : { code: 1, stdout: '' };
  const version = /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  return code === 0 && version ? { folder, version } : undefined;
}

async function fetch(target) {
  const source = packageSource();
  if (source?.id !== 'debian') throw new Error('only Debian’s unstable archive is looked at');
  note('Fetching a NATS server from Debian’s unstable archive …');
  const scratch = await mkdtemp(join(dirname(target), 'fetch-'));
  try {
    const apt = new AptRoot(scratch, [sourceLine(source, 'sid', 'main')]);
    await apt.update();
    const [file] = await apt.download(['nats-server']);
    await unpackDebian(file, join(scratch, 'files'));
    const found = ['files/usr/sbin/nats-server', 'files/usr/bin/nats-server'].map((path) => join(scratch, path)).find(existsSync);
    if (!found) throw new Error('the package holds no nats-server');
    await chmod(found, 0o755);
    const fresh = join(scratch, 'nats-server');
    await copyFile(found, fresh);
    await rename(fresh, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
