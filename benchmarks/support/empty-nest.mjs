import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startTestServers } from '@agencyos/testing/servers';
import { footprint } from './footprint.mjs';
import { median } from './measure.mjs';

/** The yardstick: what a NestJS process with HTTP and NATS needs that does nothing, several running side by side. */
export async function emptyNest(count, seconds) {
  const servers = await startTestServers({ postgres: false });
  const env = { ...process.env, NATS_URL: servers.natsUrl, NATS_NKEY_FILE: servers.nkeyFile('test') };
  const children = Array.from({ length: count }, () => fork(new URL('./empty-nest-process.mjs', import.meta.url), { env }));
  try {
    await Promise.all(children.map((child) => once(child, 'message')));
    const figures = [
      ...(await footprint(process.pid, new Map(children.map(({ pid }) => [pid, `empty ${pid}`])), seconds)).values(),
    ];
    return {
      mebibytes: median(figures.map(({ mebibytes }) => mebibytes)),
      cpuPercent: median(figures.map(({ cpuPercent }) => cpuPercent)),
    };
  } finally {
    await Promise.all(children.map((child) => (child.kill('SIGTERM'), once(child, 'exit'))));
    await servers.stop();
  }
}
