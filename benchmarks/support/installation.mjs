import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilAnswered } from '@agencyos/testing';
import { freePort } from '@agencyos/testing/servers';

export const projectRoot = join(import.meta.dirname, '..', '..');

/** A folder for the data of one installation. */
export async function dataFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'agencyos-bench-'));
  return {
    path: join(folder, 'data'),
    log: join(folder, 'start.log'),
    discard: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** The whole product as `npm start` runs it. Resolves when it is ready; `readyMs` tells how long that took. */
export async function startInstallation(folder, { port } = {}) {
  const chosen = port ?? (await freePort());
  await mkdir(folder.path, { recursive: true, mode: 0o700 });
  // Where a benchmark and the commands of its steps leave each other files.
  const marks = join(folder.path, 'marks');
  await mkdir(marks, { recursive: true });
  await chmod(marks, 0o777); // commands may run as another user
  const check = { folders: [{ path: marks, write: true }] };
  await writeFile(join(folder.path, 'profiles.json'), JSON.stringify({ profiles: { check } }));
  const env = { ...process.env, AGENCYOS_LIMITS: 'off' }; // one principal stands for many here
  for (const name of ['NODE_OPTIONS', 'NATS_URL', 'DATABASE_URL', 'KURRENTDB_URL', 'LOG_LEVEL']) delete env[name];
  const argv = ['start', '--', '--port', String(chosen), '--data-dir', folder.path];
  const startedAt = performance.now();
  const child = spawn('npm', argv, { cwd: projectRoot, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(folder.log, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const url = `http://127.0.0.1:${chosen}`;
  while (!(await answers(url))) {
    if (child.exitCode !== null)
      throw new Error(`npm start ended with ${child.exitCode}:\n${await readFile(folder.log, 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return new Installation({ child, folder, url, readyMs: performance.now() - startedAt });
}

async function answers(url) {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.ok ?? false;
}

class Installation {
  constructor({ child, folder, url, readyMs }) {
    Object.assign(this, { child, dataDir: folder.path, url, readyMs });
  }

  /** Id of the process that everything else descends from. */
  get pid() {
    return this.child.pid;
  }

  token() {
    return untilAnswered(async () => (await readFile(join(this.dataDir, 'cli-token'), 'utf8')).trim());
  }

  async processes() {
    return (await this.control('/status')).processes;
  }

  async process(name) {
    return (await this.processes()).find((process) => process.name === name);
  }

  async journal(after) {
    return (await this.control(`/journal?after=${after}`)).entries;
  }

  /** Every process is ready and every service answers. */
  async whole() {
    await untilAnswered(async () => (await this.processes()).every(({ state }) => state === 'ready') && answers(this.url));
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const { pid } = await this.supervisor();
    process.kill(pid, 'SIGTERM');
    await once(this.child, 'exit');
  }

  /** Where the supervisor listens, and its process id. */
  async supervisor() {
    return JSON.parse(await readFile(join(this.dataDir, 'supervisor.json'), 'utf8'));
  }

  async control(path) {
    const { url, token } = await this.supervisor();
    const response = await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${token}` } });
    return response.json();
  }
}
