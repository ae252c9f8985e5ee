import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@agencyos/testing';
import { startTestServers, testBubblewrap, type TestServers } from '@agencyos/testing/servers';
import { SwarmDouble } from '@agencyos/testing/swarm';
import { isolationBy } from './isolated.js';
import { untilGone, untilNone } from './processes.js';

const bubblewrap = await testBubblewrap();
const isolated = (await isolationBy('bubblewrap')) ?? (await isolationBy('unshare'));

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
let servers: TestServers;
let swarm: SwarmDouble;
let workspaces: string;
let workers: ChildProcess[];

beforeAll(async () => {
  servers = await startTestServers({ postgres: false });
});
afterAll(() => servers.stop());
beforeEach(async () => {
  await servers.restartNats({ deleteStore: true });
  swarm = await SwarmDouble.start({ ...servers, nkeyFile: servers.nkeyFile, roles: ['check'] });
  workspaces = mkdtempSync(join(tmpdir(), 'agencyos-worker-'));
  workers = [];
});
afterEach(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await swarm.close();
  rmSync(workspaces, { recursive: true, force: true });
});

function startWorker(agentId = 'command-1', isolation = 'none'): ChildProcess {
  const worker = spawn(process.execPath, [program], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
    env: {
      PATH: process.env['PATH'],
      AGENCYOS_AGENT_ID: agentId,
      AGENCYOS_AGENT_ROLES: 'check',
      AGENCYOS_WORKSPACES: workspaces,
      AGENCYOS_SUPERVISED: '1',
      AGENCYOS_ISOLATION: isolation,
      ...(bubblewrap && { AGENCYOS_BUBBLEWRAP: bubblewrap }),
      CANARY: 'of the worker only',
      NATS_URL: servers.natsUrl,
      NATS_NKEY_FILE: servers.nkeyFile(`agent_${agentId}`),
    },
  });
  workers.push(worker);
  return worker;
}
const exitOf = (worker: ChildProcess) => new Promise<number | null>((resolve) => worker.once('exit', (code) => resolve(code)));
const factOf = async (type: string) => (await swarm.until((fact) => fact.type === type)).find((fact) => fact.type === type)!.data;
/** A command with a grandchild and one process that has left the group; tells their pids. */
const family = `
  const { spawn } = require('node:child_process');
  const forever = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)';
  const grandchild = spawn(process.execPath, ['-e', forever], { stdio: 'ignore' });
  const daemon = spawn(process.execPath, ['-e', forever], { stdio: 'ignore', detached: true });
  console.log('pids ' + [process.pid, grandchild.pid, daemon.pid].join(' '));
  setInterval(() => {}, 1000);
`;
const pidsFromLog = async () => {
  const line = () => swarm.lines.find((text) => text.startsWith('pids '));
  await until(() => line() !== undefined);
  return line()!.slice(5).split(' ').map(Number);
};

describe('a command worker', () => {
  it('runs a command in a workspace of its own with a minimal environment', async () => {
    startWorker();
    const program = `
      const fs = require('node:fs');
      const { input } = JSON.parse(fs.readFileSync(process.env.AGENCYOS_INPUT, 'utf8'));
      const output = { input, cwd: process.cwd(), extra: process.env.EXTRA, names: Object.keys(process.env).sort() };
      fs.writeFileSync(process.env.AGENCYOS_RESULT, JSON.stringify({ output }));
      console.log('written');
    `;
    const input = { run: ['node', '-e', program], env: { EXTRA: '1' }, input: { a: 1 } };
    const { runId } = swarm.schedule({ taskId: 'lint', role: 'check', input });
    const { output } = (await factOf('TaskSucceeded')) as { output: { value: unknown } };
    expect(output.value).toEqual({
      input: { a: 1 },
      cwd: join(workspaces, runId, 'lint', '1'),
      extra: '1',
      names: ['AGENCYOS_ATTEMPT', 'AGENCYOS_INPUT', 'AGENCYOS_RESULT', 'EXTRA', 'HOME', 'LANG', 'PATH'],
    });
  });

  it('keeps a task in a group apart from its group: a slash in an id is none in a path', async () => {
    startWorker();
    const program = `
      const fs = require('node:fs');
      fs.writeFileSync('kept', '');
      const output = { cwd: process.cwd(), found: fs.readdirSync('.').sort(), mark: process.env.AGENCYOS_ATTEMPT };
      fs.writeFileSync(process.env.AGENCYOS_RESULT, JSON.stringify({ output }));
      console.log('written');
    `;
    const input = { run: ['node', '-e', program] };
    const { runId } = swarm.schedule({ taskId: 'checks/1', role: 'check', input });
    const done =
      (taskId: string) =>
      ({ type, data }: { type: string; data: Record<string, unknown> }) =>
        type === 'TaskSucceeded' && data['taskId'] === taskId;
    const outputOf = async (taskId: string) => (await swarm.until(done(taskId))).find(done(taskId))!.data['output'];
    await outputOf('checks/1');
    swarm.schedule({ runId, taskId: 'checks', role: 'check', input });
    const found = ['.agencyos', 'kept'];
    const at = (...place: string[]) => join(workspaces, runId, ...place);
    expect(await outputOf('checks')).toEqual({ value: { cwd: at('checks', '1'), found, mark: `${runId}/checks/1` } });
    expect(await outputOf('checks/1')).toEqual({ value: { cwd: at('checks%2f1', '1'), found, mark: `${runId}/checks/1/1` } });
    await until(() => swarm.live.some(({ taskId, line }) => taskId === 'checks/1' && line === 'written'));
  });

  it.each([
    [
      'exit 3',
      ['node', '-e', 'console.error("no good"); process.exit(3)'],
      { code: 'exit', retryable: true, message: 'The command ended with exit code 3: no good' },
    ],
    ['no program', ['no-such-program'], { code: 'command_not_found', retryable: false }],
    [
      'a linked result',
      ['node', '-e', 'require("node:fs").symlinkSync("/etc/passwd", process.env.AGENCYOS_RESULT)'],
      { code: 'result_outside', retryable: false },
    ],
    [
      'a large output and no gateway to store it',
      [
        'node',
        '-e',
        'require("node:fs").writeFileSync(process.env.AGENCYOS_RESULT, JSON.stringify({ output: "x".repeat(17_000) }))',
      ],
      { code: 'result_too_large', retryable: false },
    ],
  ])('reports a failure: %s', async (_, run, fault) => {
    startWorker();
    swarm.schedule({ taskId: 'fails', role: 'check', input: { run } });
    expect(await factOf('TaskFailed')).toMatchObject({ fault });
  });

  it('takes its commands down with it when it is killed, and another worker takes over', async () => {
    const worker = startWorker();
    swarm.schedule({
      taskId: 'groups/doomed',
      role: 'check',
      input: { run: ['node', '-e', family] },
      leaseMs: 2_000,
    });
    const pids = await pidsFromLog();
    worker.kill('SIGKILL');
    await untilGone(pids);
    startWorker('command-2');
    await swarm.until(({ type, data }) => type === 'TaskLeased' && data['attempt'] === 2);
    expect(swarm.board.facts.map(({ type }) => type)).toContain('TaskLeaseExpired');
  });

  it.each([
    ['SIGTERM', (worker: ChildProcess) => worker.kill('SIGTERM')],
    ['the end of its stdin', (worker: ChildProcess) => worker.stdin!.end()],
  ])('gives its task back and ends by itself on %s', async (_, end) => {
    const worker = startWorker();
    swarm.schedule({ taskId: 'given-back', role: 'check', input: { run: ['node', '-e', family] } });
    const pids = await pidsFromLog();
    const exit = exitOf(worker);
    end(worker);
    expect(await factOf('TaskReleased')).toMatchObject({ why: 'shutdown', attempt: 1 });
    expect(await exit).toBe(0);
    await untilGone(pids);
  });

  it('loses a task it cannot renew: a paused worker neither disturbs nor is believed', async () => {
    const worker = startWorker();
    const run = ['node', '-e', 'console.log("pids " + process.pid); setInterval(() => {}, 1000)'];
    swarm.schedule({ taskId: 'paused', role: 'check', input: { run }, leaseMs: 1_000 });
    const pids = await pidsFromLog();
    worker.kill('SIGSTOP');
    await swarm.until(({ type }) => type === 'TaskLeaseExpired');
    await untilGone(pids); // while it is still paused: another worker may begin now (fault 24)
    worker.kill('SIGCONT');
    expect(swarm.board.facts.filter(({ type }) => type === 'TaskSucceeded')).toEqual([]);
  });

  (isolated ? it : it.skip)('takes isolated commands down with it, daemons too, when it is killed (fault 6)', async () => {
    const worker = startWorker('command-1', isolated!.way);
    const mark = `sleep 95${process.pid}`;
    const run = ['sh', '-c', `setsid ${mark} & echo ready; ${mark}`];
    swarm.schedule({ taskId: 'isolated', role: 'check', input: { run } });
    await until(() => swarm.lines.includes('ready'));
    worker.kill('SIGKILL');
    await untilNone(mark);
  });

  it('does not take a command for done that ends with 0 because it is told to stop (fault 6)', async () => {
    const worker = startWorker();
    const run = ['node', '-e', "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); console.log('ready')"];
    swarm.schedule({ taskId: 'stopped', role: 'check', input: { run } });
    await until(() => swarm.lines.includes('ready'));
    worker.kill('SIGTERM');
    expect(await factOf('TaskReleased')).toMatchObject({ why: 'shutdown' });
    expect(swarm.board.facts.filter(({ type }) => type === 'TaskSucceeded')).toEqual([]);
  });
});
