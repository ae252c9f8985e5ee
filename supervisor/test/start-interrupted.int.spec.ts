import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ended, StartClone } from './start-clone.js';
import { until } from '../../scripts/until.mjs';

/** A program that takes long and has a child of its own; a deaf one heeds nothing but SIGKILL. */
const slow = (pids: string, deaf = false) => `trap '${deaf ? '' : 'kill $!; exit 1'}' TERM INT HUP
sleep 600 &
echo $$ $! >'${pids}.new'
mv '${pids}.new' '${pids}'
wait`;

let clone: StartClone;
let pids: string;

beforeEach(async () => {
  clone = await StartClone.create();
  pids = join(clone.folder, 'pids');
});

afterEach(async () => {
  for (const pid of running()) process.kill(pid, 'SIGKILL');
  await clone.remove();
});

/** The program and its child, as far as they live. */
function running(): number[] {
  if (!existsSync(pids)) return [];
  return readFileSync(pids, 'utf8').trim().split(' ').map(Number).filter(lives);
}

function lives(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const phases = {
  install: async () => {
    await clone.lock();
    await clone.stub('npm', slow(pids));
  },
  build: async () => {
    await clone.lockAndInstall();
    await clone.stub('node_modules/.bin/node', slow(pids));
  },
};
const options = (): { args: string[]; env: NodeJS.ProcessEnv } => ({
  args: ['--port', '48401', '--data-dir', join(clone.folder, 'data')],
  env: { NATS_URL: 'nats://127.0.0.1:9' }, // no NATS server has to be found
});

describe.each(['install', 'build'] as const)('during the %s', (phase) => {
  beforeEach(() => phases[phase]());

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends everything', async (signal) => {
    const { args, env } = options();
    const child = clone.spawn(args, { env });
    const end = ended(child);
    await until(() => running().length === 2);
    child.kill(signal);
    const { code, stdout, stderr } = await end;
    expect([code, stderr]).toEqual([130, '']);
    expect(stdout).toContain(`Stopped before the start was over (${signal})`);
    expect(running()).toEqual([]);
  });

  it('kill -9 of npm ends everything', async () => {
    const npm = belowParent();
    await until(() => running().length === 2);
    npm.kill('SIGKILL');
    await until(() => running().length === 0);
  });
});

it('ends what does not want to end, too', async () => {
  await clone.lock();
  await clone.stub('npm', slow(pids, true));
  const { args, env } = options();
  const child = clone.spawn(args, { env });
  const end = ended(child);
  await until(() => running().length === 2);
  child.kill('SIGTERM');
  expect((await end).code).toBe(130);
  expect(running()).toEqual([]);
});

it('kill -9 of the bootstrap ends what it runs', async () => {
  await phases.install();
  const { args, env } = options();
  const child = clone.spawn(args, { env });
  await until(() => running().length === 2);
  const [program] = running();
  child.kill('SIGKILL');
  await until(() => !lives(program!));
});

/** The start below a parent of its own, as npm is. */
function belowParent(): ChildProcess {
  const { args, env } = options();
  const command = [join(clone.root, 'supervisor/bin/start.mjs'), ...args];
  const script = `require('node:child_process').spawn(process.execPath, ${JSON.stringify(command)}, { stdio: 'ignore' })`;
  return spawn(process.execPath, ['-e', script], {
    env: { ...clone.environment(), ...env, npm_command: 'run-script' },
    stdio: 'ignore',
  });
}
