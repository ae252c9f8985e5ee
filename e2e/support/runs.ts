import { newId } from '@agencyos/contracts';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Api } from './api.js';
import { until } from './until.js';

const example = join(import.meta.dirname, '..', '..', 'examples', 'release-check');

export interface TaskRow {
  taskId: string;
  state: string;
  attempt: number;
  role?: string;
  holder?: string;
  approvalId?: string;
  actionDigest?: string;
  artifacts?: { name?: string; digest: string; bytes: number }[];
  handoffs?: { fromRole: string; toRole: string; hop: number }[];
  attempts?: { attempt: number; holder?: string; outcome: string }[];
}
export interface RunRow {
  runId: string;
  state: string;
  boardId?: string;
}

/** The run that the first start began. */
export async function firstRun(api: Api): Promise<RunRow> {
  const rows = await until(
    'the first run',
    () => api.view('run-list', 'all'),
    (list) => Object.keys(list).length > 0,
  );
  return Object.values(rows)[0] as unknown as RunRow;
}

export const task = (api: Api, runId: string, taskId: string) => api.row<TaskRow>('run', runId, `task/${taskId}`);

export async function tasks(api: Api, runId: string): Promise<TaskRow[]> {
  const rows = await api.view('run', runId);
  return Object.entries(rows).flatMap(([key, row]) => (key.startsWith('task/') ? [row as unknown as TaskRow] : []));
}

/** Starts the published release check on another repository. */
export async function startReleaseCheck(api: Api, repository: string, boardId?: string): Promise<string> {
  const runId = newId();
  await startRun(api, runId, 'release-check', { repository, steps: join(example, 'steps') }, boardId);
  return runId;
}

/** Publishes a workflow from text. */
export async function storeWorkflow(api: Api, workflowId: string, yaml: string): Promise<void> {
  const bytes = Buffer.from(yaml);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const stored = await api.fetch(`/api/v1/content/${digest}`, {
    method: 'PUT',
    body: bytes,
    headers: { 'Content-Type': 'application/yaml' },
  });
  if (!stored.ok) throw new Error(`content: ${stored.status}`);
  const spec = { digest, bytes: bytes.length, mediaType: 'application/yaml' };
  const published = await api.commandUntilAnswered('swarm', 'PublishWorkflow', { workflowId, spec, digest });
  if (published.status !== 200) throw new Error(`PublishWorkflow: ${JSON.stringify(published)}`);
}

export async function startRun(api: Api, runId: string, workflowId: string, input: unknown, boardId?: string): Promise<void> {
  const data = { runId, workflowId, input: { value: input }, cause: { kind: 'manual' }, ...(boardId && { boardId }) };
  const started = await api.commandUntilAnswered('swarm', 'StartRun', data);
  if (started.status !== 200) throw new Error(`StartRun: ${JSON.stringify(started)}`);
}

/** Publishes a workflow from text and starts it. */
export async function runWorkflow(
  api: Api,
  workflowId: string,
  yaml: string,
  input: unknown = {},
  boardId?: string,
): Promise<string> {
  await storeWorkflow(api, workflowId, yaml);
  const runId = newId();
  await startRun(api, runId, workflowId, input, boardId);
  return runId;
}

interface Waiting {
  approvalId: string;
  actionDigest: string;
  state: string;
}

/** The approval that a gate waits for. */
export async function gateWaits(api: Api, runId: string, gate = 'approve'): Promise<Waiting> {
  const waiting = await until(
    'the gate waits for a person',
    async () => {
      const row = await task(api, runId, gate);
      return row?.approvalId ? api.row<Waiting>('approval', row.approvalId, 'approval') : undefined;
    },
    (approval) => approval?.state === 'open',
  );
  return waiting!;
}

/** Waits for the gate and approves exactly its digest; the command keeps its id whatever happens meanwhile. */
export async function approveGate(api: Api, runId: string, gate = 'approve'): Promise<void> {
  const { approvalId, actionDigest } = await gateWaits(api, runId, gate);
  const id = newId();
  const answer = await api.commandUntilAnswered(
    'approvals',
    'VoteOnApproval',
    { approvalId, vote: 'approve', actionDigest, stepUp: 'none' },
    id,
  );
  if (answer.status !== 200) throw new Error(`VoteOnApproval: ${JSON.stringify(answer)}`);
}

export const runState = (api: Api, runId: string, state: string) =>
  until(
    `the run is ${state}`,
    () => api.row<RunRow>('run', runId, 'run'),
    (row) => row?.state === state,
  );

export const readExample = () => readFile(join(example, 'workflow.yaml'), 'utf8');
