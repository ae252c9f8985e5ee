import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateRepository } from './support/repository.js';
import { runState, runWorkflow, task } from './support/runs.js';
import { marks, System } from './support/system.js';
import { until } from './support/until.js';

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

/** One task that runs until there is a file. */
const waits = (mark: string) => `workflow: waits
title: Waits
cards: none
tasks:
  - id: wait
    title: Runs until the file is there
    role: check
    lease: 6s
    run: [node, -e, "setInterval(() => require('node:fs').existsSync(process.env.MARK) && process.exit(0), 100)"]
    env: { MARK: "${mark}" }
`;

describe('an ordinary stop', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s to the supervisor leaves nothing behind', async (signal) => {
    system = await System.start({ repository });
    expect(await system.stop(signal)).toBe(0);
  });

  it('SIGTERM to npm, or Ctrl-C in its terminal, costs the task under way no attempt; the next start goes on', async () => {
    system = await System.start({ repository, through: 'npm' });
    const { dataDir, port } = system;
    const mark = join(marks(dataDir), 'go');
    const api = await system.api();
    const runId = await runWorkflow(api, 'waits', waits(mark));
    const underWay = (attempts: number) =>
      until(
        'a worker is at it',
        () => task(api, runId, 'wait'),
        (row) => row?.state === 'leased' && row.attempts?.length === attempts,
      );

    await underWay(1);
    await system.stop('SIGTERM');
    system = await System.start({ repository, dataDir, port, through: 'npm' });
    await underWay(2);
    process.kill(-system.child.pid!, 'SIGINT'); // a terminal sends it to the whole process group
    await system.exited();
    system = await System.start({ repository, dataDir, port });
    await underWay(3);
    await writeFile(mark, '');
    await runState(api, runId, 'succeeded');
    const { attempts = [] } = (await task(api, runId, 'wait'))!;
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['released', 'released', 'succeeded']);
  });
});

describe('kill -9', () => {
  it('of npm ends everything', async () => {
    system = await System.start({ repository, through: 'npm' });
    process.kill(system.child.pid!, 'SIGKILL');
    await system.ended();
  });
});
