import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { isAlive, processesOf } from './support/processes.js';
import { generateRepository } from './support/repository.js';
import { approveGate, firstRun, runState, tasks } from './support/runs.js';
import { System } from './support/system.js';

let repository: string;
let system: System | undefined;

beforeAll(async () => {
  repository = await generateRepository({ breaking: false });
});

afterAll(() => rm(repository, { recursive: true, force: true }));

afterEach(async () => {
  await system?.discard();
  system = undefined;
});

describe('an ordinary stop', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s to the supervisor leaves nothing behind', async (signal) => {
    system = await System.start({ repository });
    expect(await system.stop(signal)).toBe(0);
  });

  it('SIGTERM to npm leaves nothing behind, costs no attempt, and the next start goes on', async () => {
    system = await System.start({ repository, through: 'npm' });
    const api = await system.api();
    const { runId } = await firstRun(api);
    const { dataDir, port } = system;
    await system.stop('SIGTERM');
    system = await System.start({ repository, dataDir, port });
    await approveGate(api, runId);
    await runState(api, runId, 'succeeded');
    const outcomes = (await tasks(api, runId)).flatMap(({ attempts = [] }) => attempts.map(({ outcome }) => outcome));
    expect(outcomes).not.toContain('lost');
    expect(outcomes).not.toContain('failed');
  });
});

describe('kill -9', () => {
  it('of npm ends everything', async () => {
    system = await System.start({ repository, through: 'npm' });
    process.kill(system.child.pid!, 'SIGKILL');
    await system.ended();
  });

  it('of the supervisor ends everything, and the next start goes on', async () => {
    system = await System.start({ repository });
    const api = await system.api();
    const { runId } = await firstRun(api);
    const { dataDir, port } = system;
    process.kill(system.child.pid!, 'SIGKILL');
    await system.ended();
    expect(processesOf(dataDir).filter(({ pid }) => isAlive(pid))).toEqual([]);
    system = await System.start({ repository, dataDir, port });
    await approveGate(api, runId);
    await runState(api, runId, 'succeeded');
  });
});
