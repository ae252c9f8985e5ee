import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gateway, isProblem, newId } from '@agencyos/client';
import { installation } from '@agencyos/contracts/installation';
import { untilAnswered } from '@agencyos/testing';
import { freePort, startTestServers } from '@agencyos/testing/servers';

const root = join(import.meta.dirname, '..', '..');
const folders = new Map(installation.services.map(({ name, folder }) => [name, folder]));

/**
 * Real NATS and PostgreSQL, and the named services as processes of their own, as in production: what PostgreSQL has
 * answered is on the disk, which for tests alone it need not be.
 */
export async function startServices(names) {
  const servers = await startTestServers({ durable: true });
  const dataDir = await mkdtemp(join(tmpdir(), 'agencyos-bench-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const running = new Set();
  /** Starts one more process of a service. */
  const start = async (name) => {
    const healthPort = name === 'gateway' ? port : await freePort();
    const env = {
      ...process.env,
      NATS_URL: servers.natsUrl,
      NATS_NKEY_FILE: servers.nkeyFile(name),
      DATABASE_URL: servers.databaseUrl,
      AGENCYOS_DATA_DIR: dataDir,
      AGENCYOS_INSTANCE_ID: randomUUID(),
      AGENCYOS_SUPERVISED: '1',
      HEALTH_PORT: String(healthPort),
      PORT: String(port),
      PUBLIC_URL: url,
      LOG_LEVEL: 'error',
      AGENCYOS_LIMITS: 'off', // one principal stands for many here
    };
    const child = spawn(process.execPath, [join(root, folders.get(name), 'dist', 'main.js')], {
      env,
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    const service = { stop: () => end(child).finally(() => running.delete(service)) };
    running.add(service);
    // The gateway's own readiness asks for every service; a benchmark runs only some.
    await untilAnswered(
      async () => (await fetch(`http://127.0.0.1:${healthPort}/health/${name === 'gateway' ? 'live' : 'ready'}`)).ok,
    );
    return service;
  };
  for (const name of names) await start(name);
  const token =
    names.includes('gateway') && (await untilAnswered(async () => (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim()));
  return {
    servers,
    url,
    token,
    start,
    async stop() {
      await Promise.all([...running].map((service) => service.stop()));
      await servers.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function end(child) {
  child.stdin.end();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Sends a command as a person does; under the same id until it is answered, without a pause, for some are timed. */
export async function command({ url, token }, context, type, data, id = newId()) {
  const gateway = new Gateway({ url, token });
  for (;;) {
    try {
      return await gateway.command(context, type, data, id);
    } catch (error) {
      if (!isProblem(error) || error.status < 500) throw error;
    }
  }
}
