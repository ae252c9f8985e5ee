import { fork } from 'node:child_process';
import { once } from 'node:events';

/** The yardstick of the command path in a process of its own: NestJS, JSON body, one transaction with two inserts. */
export async function startPeer(databaseUrl) {
  const child = fork(new URL('./nest-peer-process.mjs', import.meta.url), { env: { ...process.env, DATABASE_URL: databaseUrl } });
  const [{ url }] = await once(child, 'message');
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
