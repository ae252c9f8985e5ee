import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Api } from './support/api.js';
import { generateRepository } from './support/repository.js';
import { approveGate, gateWaits, runState, runWorkflow, task } from './support/runs.js';
import { marks, System } from './support/system.js';

const GATE = `  - id: approve
    needs: [keep]
    gate: { action: { kind: publish, target: the script } }
`;
const workflow = (id: string, publish: string) => `workflow: ${id}
title: Guarded
cards: none
input: { steps: { type: string } }
tasks:
  - id: keep
    role: check
    run: [node, -e, "require('node:fs').cpSync(process.argv[1], 'steps', { recursive: true })", "\${{ input.steps }}"]
    produces: { steps: steps }
${GATE}  - id: publish
    role: publisher
    after: approve
    lease: 10s
${publish}`;
const BY_NAME = workflow('by-name', '    uses: [keep.steps]\n    run: [node, uses/steps/publish.mjs]\n');
const BY_PATH = workflow('by-path', '    run: [node, "${{ input.steps }}/publish.mjs"]\n');

let repository: string;
let system: System;
let api: Api;
let steps: string;
beforeAll(async () => {
  repository = await generateRepository({ breaking: false });
  system = await System.start({ repository });
  api = await system.api();
  steps = join(marks(system.dataDir), 'steps');
  mkdirSync(steps);
});
afterAll(async () => {
  await system?.discard();
  await rm(repository, { recursive: true, force: true });
});

const script = (says: string) => writeFileSync(join(steps, 'publish.mjs'), `console.log('${says}');\n`);

/** Approves the gate and changes the script; the workers stand still in between, so that none was quicker. */
async function changedAfterTheVote(runId: string): Promise<void> {
  await gateWaits(api, runId);
  const workers = await Promise.all(['command-1', 'command-2'].map((name) => system.pidOf(name)));
  for (const pid of workers) process.kill(pid, 'SIGSTOP');
  try {
    await approveGate(api, runId);
    script('changed');
  } finally {
    for (const pid of workers) process.kill(pid, 'SIGCONT');
  }
}

describe('a script that is changed after the vote (fault 10)', () => {
  it('runs as it was approved, where it goes from task to task by its name', async () => {
    script('as approved');
    const runId = await runWorkflow(api, 'by-name', BY_NAME, { steps });
    await changedAfterTheVote(runId);
    await runState(api, runId, 'succeeded');
    expect(await task(api, runId, 'publish')).toMatchObject({ output: { value: { lastLines: ['as approved'] } } });
  });

  it('does not run where it lies outside of what was approved: the step fails by a name, and says what to do', async () => {
    script('as approved');
    const runId = await runWorkflow(api, 'by-path', BY_PATH, { steps });
    await changedAfterTheVote(runId);
    await runState(api, runId, 'failed');
    expect(await task(api, runId, 'publish')).toMatchObject({
      state: 'failed',
      attempt: 1,
      fault: { code: 'file_not_approved', message: expect.stringContaining('name it under uses') },
    });
  });
});
