import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInAgents, prepareServers, productProcesses } from '@agencyos/supervisor/processes';
import { untilAnswered } from '@agencyos/testing';
import { freePort } from '@agencyos/testing/servers';
import { dataFolder, projectRoot } from './installation.mjs';

/**
 * The yardstick: what any process supervisor does. It sees the exit of its child, starts the same command again and
 * waits until it answers; nothing is detected, decided, recorded or proved.
 *
 * @returns seconds from `kill -9` to ready, by process
 */
export async function plainRestarts({ rounds, log }) {
  const folder = await dataFolder();
  const settings = { dataDir: folder.path, projectRoot, repository: projectRoot, port: await freePort() };
  await mkdir(folder.path, { recursive: true, mode: 0o700 });
  const servers = await prepareServers({ ...settings, agents: builtInAgents });
  const specs = [...servers.specs, ...productProcesses(settings, servers)];
  const children = new Map();
  const outputOf = ({ name }) => join(folder.path, `${name}.log`);
  const start = async (spec) => {
    await spec.clear?.();
    const { program, args, env, cwd } = await spec.start(randomUUID());
    const output = openSync(outputOf(spec), 'w');
    const child = spawn(program, args, { env, cwd, stdio: ['pipe', output, output], detached: true });
    closeSync(output);
    children.set(spec.name, child);
    await untilAnswered(() => spec.ready());
  };
  const seconds = new Map(specs.map(({ name }) => [name, []]));
  const restart = async (spec) => {
    const child = children.get(spec.name);
    if (hasEnded(child))
      log(`${spec.name} had ended by itself with ${child.exitCode ?? child.signalCode}: ${await lastLine(outputOf(spec))}`);
    const killedAt = performance.now();
    await end(child, 'SIGKILL');
    endGroup(child);
    await start(spec);
    return (performance.now() - killedAt) / 1_000;
  };
  try {
    for (const spec of specs) await start(spec);
    // The first recovery of a new cluster writes all of it to the disk: that is none of the yardstick's.
    await restart(specs.find(({ name }) => name === 'postgres'));
    for (let round = 1; round <= rounds; round++) {
      log(`plain restarts, round ${round} of ${rounds}`);
      for (const spec of specs) seconds.get(spec.name).push(await restart(spec));
    }
  } finally {
    for (const spec of [...specs].sort((a, b) => a.stopOrder - b.stopOrder)) await end(children.get(spec.name), spec.stop.signal);
    await folder.discard();
  }
  return seconds;
}

/** What is left of it. */
function endGroup({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // nothing
  }
}

/** Resolves when the child has ended, which it may have done by itself. */
async function end(child, signal) {
  if (!child || hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

const hasEnded = ({ exitCode, signalCode }) => exitCode !== null || signalCode !== null;

const lastLine = async (file) => (await readFile(file, 'utf8')).trim().split('\n').at(-1);
