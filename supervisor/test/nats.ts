import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNatsServer } from '../bin/nats-server.mjs';
import { freePort } from '../src/free-port.js';
import { guarded } from '../src/guarded.js';
import { nkeyFile, type NatsInstance } from '../src/nats-config.js';

export type NatsOfSpec = Awaited<ReturnType<typeof startNats>>;

/**
 * A NATS server of a spec's own, in a folder of its own. It takes connections a moment later.
 *
 * @param configure writes its configuration. @returns the path
 */
export async function startNats(configure: (instance: Omit<NatsInstance, 'outside'>) => Promise<string>) {
  const folder = await mkdtemp(join(tmpdir(), 'agencyos-nats-'));
  const instance = { folder, keysFolder: join(folder, 'nkeys'), port: await freePort() };
  const { path } = await findNatsServer({ cacheDir: join(import.meta.dirname, '../../.cache') });
  const { program, args } = guarded({ program: path, args: ['--config', await configure(instance)] }, 'SIGKILL');
  const server = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = once(server, 'exit');
  return {
    folder,
    url: `nats://127.0.0.1:${instance.port}`,
    nkeyFile: (principal: string) => nkeyFile(instance.keysFolder, principal),
    stop: async () => {
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
