import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  chooseIsolation,
  chooseLimiter,
  noIsolation,
  ownUser,
  runCommand,
  sandboxOf,
  openWorkspace,
  Profiles,
  watching,
} from '@agencyos/agent-command';
import { testBubblewrap } from '@agencyos/testing/servers';
import { projectRoot } from './support/installation.mjs';
import { inTurns, percentile, result } from './support/measure.mjs';

/** What isolation and limits add to the start of a command: `true`, from its start until all of it is gone. */
export async function run({ quick, rounds, log }) {
  await mkdir(join(projectRoot, '.cache'), { recursive: true });
  const root = await mkdtemp(join(projectRoot, '.cache', 'bench-isolation-'));
  try {
    const bubblewrapProgram = await testBubblewrap();
    const limiter = await chooseLimiter();
    const ways = {};
    for (const way of ['bubblewrap', 'unshare']) {
      const isolation = await chooseIsolation({ workspaces: root, bubblewrapProgram, way }).catch((error) => log(error.message));
      if (isolation) ways[way] = isolation;
    }
    const times = quick ? 20 : 60;
    const measured = await inTurns(rounds, {
      none: () => measure(root, noIsolation, watching, times),
      ...Object.fromEntries(
        Object.entries(ways).map(([way, isolation]) => [way, () => measure(root, isolation, limiter, times)]),
      ),
    });
    const { none, ...isolated } = measured;
    return Object.entries(isolated).flatMap(([way, { p50, p99 }]) => [
      result({
        name: `command by ${way}, ${limiter.way}`,
        value: p50,
        unit: 'ms',
        peer: 'none',
        peerValue: none.p50,
        lowerIsBetter: true,
      }),
      result({
        name: `${way} adds to a start`,
        value: p50 - none.p50,
        unit: 'ms',
        ...(way === Object.keys(isolated)[0] && { atMost: 30 }),
      }),
      result({ name: `${way} p99`, value: p99, unit: 'ms', peer: 'none', peerValue: none.p99, lowerIsBetter: true }),
    ]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function measure(root, isolation, limiter, times) {
  const task = { runId: 'bench', taskId: 'bench', attempt: 1, role: 'check', leaseMs: 1_000, timeoutMs: 1_000 };
  const workspace = await openWorkspace(root, task, null, undefined);
  const uid = isolation.commandLine && ownUser('check');
  const { sandbox } = await sandboxOf('check', workspace, new Profiles().forRole('check'), { uid, workspaces: root });
  const command = { argv: ['true'], env: { PATH: '/usr/bin:/bin' }, cwd: workspace.folder, sandbox };
  const guard = { watch: () => undefined, release: () => undefined };
  const samples = [];
  for (let n = 0; n < times; n++) {
    const startedAt = performance.now();
    const end = await runCommand(command, {
      signal: new AbortController().signal,
      onLine: () => undefined,
      guard,
      isolation,
      limiter,
    });
    if (end.code !== 0) throw new Error(`the command was not run: ${JSON.stringify(end)}`);
    samples.push(performance.now() - startedAt);
  }
  return { p50: percentile(samples, 0.5), p99: percentile(samples, 0.99) };
}
