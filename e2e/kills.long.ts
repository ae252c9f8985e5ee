import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { agentsOf, installation, processesOf as rowsOf } from '@agencyos/contracts/installation';
import type { Api } from './support/api.js';
import { exportedLog, notExactlyOnce, repeated } from './support/exported-log.js';
import { Kills } from './support/kills.js';
import { isAlive, processesOf } from './support/processes.js';
import { generateRepository } from './support/repository.js';
import { approveGate, runState, runWorkflow, startReleaseCheck, task } from './support/runs.js';
import { marks, System } from './support/system.js';
import { until } from './support/until.js';

let repository: string;
let system: System;
let api: Api;
let kills: Kills;

beforeAll(async () => {
  repository = await generateRepository({ breaking: false });
  system = await System.start({ repository });
  api = await system.api();
  kills = await Kills.prepare(system, api, repository);
});

afterAll(async () => {
  await system?.discard();
  await rm(repository, { recursive: true, force: true });
});

/** When NATS made the stream of all events, as its store says. */
async function eventsStreamCreated(): Promise<string> {
  const store = join(system.dataDir, 'nats', 'jetstream');
  const file = (await readdir(store, { recursive: true })).find((path) => path.endsWith(join('streams', 'EVENTS', 'meta.inf')));
  return (JSON.parse(await readFile(join(store, file!), 'utf8')) as { Created: string }).Created;
}

const namesBy = (by: string) => rowsOf(installation).flatMap(({ name, restartedBy }) => (restartedBy === by ? [name] : []));
/** Of the agents one of each kind. */
const spared = agentsOf(installation).flatMap(({ name }) => (name.endsWith('-1') ? [] : [name]));

describe('kill -9', () => {
  it.each(namesBy('healer').filter((name) => !spared.includes(name)))(
    'of %s: the healer notices, has it restarted, verifies, records it; the run goes on',
    async (name) => {
      const last = await kills.survived(name);
      expect(last.how).toBe('repair');
      await until(
        'a card on the operations board follows it',
        async () => {
          const boards = Object.values(await api.view('boards', 'all')) as { boardId: string; purpose?: string; key: string }[];
          const operations = boards.find(({ key }) => key === 'OPS')!;
          return Object.values(await api.view('board', operations.boardId)).find(
            (row) => (row['source'] as { incidentId?: string } | undefined)?.incidentId === last.incidentId,
          );
        },
        (card) => card !== undefined,
      );
    },
  );

  it.each(namesBy('supervisor'))('of %s: the supervisor restarts it, the healer records it afterwards', async (name) => {
    expect((await kills.survived(name)).how).toBe('itself');
  });

  it('of NATS with its whole store deleted: nothing is lost', async () => {
    const runId = await startReleaseCheck(api, repository, kills.boardId);
    await until(
      'a task is under way',
      () => task(api, runId, 'clone'),
      (row) => row?.state === 'leased' || row?.state === 'succeeded',
    );
    const before = await eventsStreamCreated();
    const pid = await system.pidOf('nats');
    const { pid: supervisor } = await system.supervisor();
    process.kill(supervisor, 'SIGSTOP'); // else it starts NATS again before the store is gone
    try {
      process.kill(pid, 'SIGKILL');
      await until('NATS is down', () => !isAlive(pid));
      await rm(join(system.dataDir, 'nats', 'jetstream'), { recursive: true });
    } finally {
      process.kill(supervisor, 'SIGCONT');
    }
    await system.replaced('nats', pid);
    expect(await until('the stream is there again', eventsStreamCreated)).not.toBe(before);
    const command = await kills.commands.for('nats');
    await command.send();
    await approveGate(api, runId);
    await runState(api, runId, 'succeeded');
    await command.took();
  });

  it("of a worker: its command's whole process group ends, another worker takes the task up", async () => {
    const runId = await runWorkflow(
      api,
      'long-task',
      `workflow: long-task
title: A long task with a child of its own
cards: none
tasks:
  - id: long
    title: Runs until it is told not to
    role: check
    lease: 6s
    run: [node, -e, "const once = require('node:fs').existsSync(process.env.MARK); if (once) process.exit(0); require('node:fs').writeFileSync(process.env.MARK, ''); require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {stdio: 'inherit'}); setInterval(() => console.log('still at it'), 200)"]
    env: { MARK: "${join(marks(system.dataDir), 'long-task.mark')}" }
`,
    );
    const running = await until(
      'the task is leased',
      () => task(api, runId, 'long'),
      (row) => row?.state === 'leased',
    );
    const worker = running!.holder!.replace('agent:', '');
    const group = await until(
      'the command and its child run',
      () => processesOf(join(system.dataDir, 'workspaces', runId)),
      (found) => found.filter(({ command }) => /^\S*node -e .*setInterval/.test(command)).length >= 2,
    );
    // A repaired worker might be back before its lease ends, and take its own task up again.
    const stopped = await api.commandUntilAnswered('healer', 'SetHealingMode', {
      mode: 'stopped',
      targetIds: [worker],
      why: 'person',
    });
    expect(stopped.status).toBe(200);
    await system.kill(worker);
    await until(
      'the whole group is gone',
      () => group.filter(({ pid }) => isAlive(pid)),
      (left) => left.length === 0,
    );
    await runState(api, runId, 'succeeded');
    const done = (await task(api, runId, 'long'))!;
    expect(done.attempts!.map(({ outcome }) => outcome)).toEqual(['lost', 'succeeded']);
    expect(done.attempts![1]!.holder).not.toBe(done.attempts![0]!.holder);
  });
});

describe('the log afterwards', () => {
  it('has each command that was answered 2xx exactly once, and nothing twice', async () => {
    await system.stop();
    const log = await exportedLog(system);
    expect(notExactlyOnce(log, api.answered.values())).toEqual([]);
    expect(repeated(log)).toEqual([]);
    expect(new Set([...api.answered.values()].map(({ type }) => type))).toEqual(
      new Set(['PublishWorkflow', 'StartRun', 'VoteOnApproval', 'AddCards', 'SetAutonomy', 'SetUserRoles', 'SetHealingMode']),
    );
  });
});
