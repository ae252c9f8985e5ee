import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Gateway } from '@agencyos/client';
import { untilAnswered } from '@agencyos/testing';
import { command } from './services.mjs';

export const LEASE_S = 6;

/** Runs until its worker is killed; taken up again it finds its mark and ends. */
const SCRIPT = `
const { existsSync, writeFileSync } = require('node:fs');
const mark = process.argv[1];
if (!existsSync(mark)) {
  writeFileSync(mark, '');
  setInterval(() => {}, 1000);
}`;

const WORKFLOW = `workflow: long-task
title: A task that outlives its worker
cards: none
input:
  mark: { type: string }
tasks:
  - id: long
    title: Runs until its worker is gone
    role: check
    lease: ${LEASE_S}s
    run: [node, -e, ${JSON.stringify(SCRIPT)}, "\${{ input.mark }}"]
`;

export async function publishLongTask({ url, token }) {
  const bytes = Buffer.from(WORKFLOW);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const gateway = new Gateway({ url, token });
  const headers = { 'content-type': 'application/yaml' };
  const spec = await gateway.request(`/api/v1/content/${digest}`, { method: 'PUT', body: bytes, headers });
  await command({ url, token }, 'swarm', 'PublishWorkflow', { workflowId: 'long-task', spec, digest });
}

/** Starts a run; resolves with the name of the worker that is at its task. */
export async function startLongTask({ url, token, dataDir }, log) {
  const runId = randomUUID();
  const mark = join(dataDir, 'marks', runId);
  const from = log.length;
  const input = { value: { mark } };
  await command({ url, token }, 'swarm', 'StartRun', { runId, workflowId: 'long-task', input, cause: { kind: 'manual' } });
  const leased = await log.next(from, 'the task is leased', ({ type, data }) => type === 'TaskLeased' && data.runId === runId);
  await untilAnswered(() => existsSync(mark));
  return { runId, worker: leased.data.leasedBy.replace('agent:', '') };
}

/** When another attempt at the task began. */
export async function takenUpAgain({ runId }, from, log) {
  const again = await log.next(
    from,
    'the task is taken up again',
    ({ type, data }) => type === 'TaskLeased' && data.runId === runId && data.attempt > 1,
  );
  return again.at;
}
