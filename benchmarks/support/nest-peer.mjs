import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A yardstick in a process of its own; by default that of the command path: NestJS, JSON body, one transaction with two inserts. */
export async function startPeer(databaseUrl, program = './nest-peer-process.mjs') {
  const child = fork(new URL(program, import.meta.url), { env: { ...process.env, DATABASE_URL: databaseUrl } });
  const [{ url }] = await once(child, 'message');
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
