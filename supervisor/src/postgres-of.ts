import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Problem } from '../bin/problem.mjs';
import { query } from './postgres.js';
import { prepareServers } from './servers.js';

/** The PostgreSQL of a data folder. */
export interface FolderPostgres {
  url: string;
  /** Ends it, if it was started for this. */
  stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;

/**
 * The PostgreSQL of an installation on this machine, without anything else of it: the one that runs, or it is started
 * for the time being; a folder that has none yet gets a new one.
 *
 * @throws Problem
 */
export async function postgresOf(dataDir: string, projectRoot: string): Promise<FolderPostgres> {
  const running = await runningUrl(dataDir);
  if (running) return { url: running, stop: async () => undefined };
  const options = { dataDir, projectRoot, agents: [], natsUrl: 'unused' };
  const { specs, databaseUrl } = await prepareServers(options);
  const spec = specs[0]!;
  await spec.clear?.();
  const { program, args, env, cwd } = await spec.start('');
  const child = spawn(program, args, { env, cwd, stdio: ['pipe', 'ignore', 'pipe'], detached: true });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output = (output + String(chunk)).slice(-2_000)));
  child.once('error', (error) => (output += error.message));
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill(spec.stop.signal);
    await ended;
  };
  const until = performance.now() + START_LIMIT_MS;
  while (!(await spec.ready())) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > until) {
      if (child.pid !== undefined) await stop();
      throw new Problem(`PostgreSQL in ${dataDir} did not start: ${output.trim().split('\n').at(-1)}`);
    }
    await delay(50);
  }
  return { url: databaseUrl, stop };
}

async function runningUrl(dataDir: string): Promise<string | undefined> {
  if (!existsSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'))) return undefined;
  const port = await readFile(join(dataDir, 'ports', 'postgres'), 'utf8');
  const password = await readFile(join(dataDir, 'postgres-password'), 'utf8');
  const url = `postgres://agencyos:${password}@127.0.0.1:${port.trim()}/agencyos`;
  return (await query(url, 'SELECT 1')) ? url : undefined;
}
