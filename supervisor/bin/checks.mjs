import { existsSync } from 'node:fs';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { holderOf, inUse } from './data-dir-lock.mjs';
import { Problem } from './problem.mjs';
import { runCommand } from './run-command.mjs';

const firstStartBytes = 1.5e9;
const laterStartBytes = 0.2e9;

/** Every condition of a start, in the order in which a person would want to hear of them. */
export async function checkStart({ port, replicas, dataDir, repository }, projectRoot) {
  await checkProject(projectRoot);
  if (repository !== projectRoot && !(await isRepository(repository))) {
    throw new Problem(`${repository} is no git repository: give --repo the path of one.`);
  }
  await checkWritable(projectRoot, 'the project');
  await checkWritable(dataDir, 'the data folder');
  await checkDisk(projectRoot, existsSync(join(projectRoot, 'node_modules')) ? laterStartBytes : firstStartBytes);
  await checkDisk(dataDir, laterStartBytes);
  const holder = holderOf(dataDir);
  if (holder !== undefined) throw inUse(dataDir, holder);
  // Further gateways have those after it.
  for (let nth = 0; nth < replicas; nth++) await checkPort(port + nth);
}

async function checkProject(projectRoot) {
  const { code } = await runCommand('git', ['--version']);
  if (code !== 0) throw new Problem('git is needed: install it (Debian, Ubuntu: `sudo apt-get install git`).');
  if (!existsSync(join(projectRoot, '.git'))) {
    throw new Problem(
      `${projectRoot} is no git clone, and the example workflow runs on one: get it with \`git clone\` instead of an archive.`,
    );
  }
}

async function isRepository(path) {
  if (!existsSync(path)) return false;
  const { code } = await runCommand('git', ['-C', path, 'rev-parse', '--git-dir']);
  return code === 0;
}

async function checkWritable(folder, what) {
  const probe = join(folder, `.write-probe-${process.pid}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    if (error.code === 'ENOSPC') throw full(folder, 0);
    throw new Problem(
      `${folder} (${what}) cannot be written (${error.code}): give yourself the right to, or choose another place` +
        `${what === 'the data folder' ? ' with --data-dir' : ''}.`,
    );
  }
}

/** @throws {Problem} when fewer than `wanted` bytes are free where the folder is or will be */
export async function checkDisk(folder, wanted) {
  const { bavail, bsize } = await statfs(existsSync(folder) ? folder : dirname(folder));
  if (bavail * bsize < wanted) throw full(folder, bavail * bsize, wanted);
}

function full(folder, free, wanted = laterStartBytes) {
  const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
  return new Problem(
    `The disk of ${folder} has ${gigabytes(free)} free and ${gigabytes(wanted)} are needed: make room and start again.`,
  );
}

function checkPort(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      const reasons = {
        EADDRINUSE: `Port ${port} is taken by another program: stop that one, or start with \`npm start -- --port ${port + 1}\`.`,
        EACCES: `Port ${port} needs root's rights: start with a port above 1023, for example \`npm start -- --port 8400\`.`,
      };
      reject(new Problem(reasons[error.code] ?? `Port ${port} cannot be used (${error.code}): choose another with --port.`));
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}
