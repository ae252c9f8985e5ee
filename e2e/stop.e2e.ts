import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { isAlive, processesOf } from './support/processes.js';
import { generateRepository } from './support/repository.js';
import { approveGate, firstRun, runState } from './support/runs.js';
import { System } from './support/system.js';

// Every other way to end it: stop.long.ts.

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

describe('kill -9', () => {
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
    expect(await system.stop()).toBe(0);
  });
});
