import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installation } from '@agencyos/contracts/installation';
import { untilAnswered } from '@agencyos/testing';
import { freePort, startTestServers } from '@agencyos/testing/servers';

const root = join(import.meta.dirname, '..', '..', '..', '..');

export interface System {
  url: string;
  /** The command line's. */
  token: string;
  stop(): Promise<void>;
}

/** The real gateway and kanban, as processes of their own on real servers. */
export async function startSystem(): Promise<System> {
  const servers = await startTestServers();
  const dataDir = await mkdtemp(join(tmpdir(), 'agencyos-client-system-'));
  const children: ChildProcess[] = [];
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await Promise.all(children.map(end));
    await servers.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    for (const { name, folder } of installation.services.filter((service) => ['kanban', 'gateway'].includes(service.name))) {
      const healthPort = name === 'gateway' ? port : await freePort();
      const env = {
        ...process.env,
        NODE_OPTIONS: '',
        NATS_URL: servers.natsUrl,
        NATS_NKEY_FILE: servers.nkeyFile(name),
        DATABASE_URL: servers.databaseUrl,
        AGENCYOS_DATA_DIR: dataDir,
        AGENCYOS_SUPERVISED: '1', // it ends with us
        HEALTH_PORT: String(healthPort),
        PORT: String(port),
        PUBLIC_URL: url,
        LOG_LEVEL: 'silent',
      };
      const program = join(root, folder, 'dist', 'main.js');
      children.push(spawn(process.execPath, [program], { env, stdio: ['pipe', 'inherit', 'inherit'] }));
    }
    const token = await untilAnswered(async () => (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim());
    const headers = { authorization: `Bearer ${token}` };
    await untilAnswered(async () => (await fetch(`${url}/api/v1/views/boards/all`, { headers })).ok);
    return { url, token, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  child.stdin!.end();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
