import { z } from 'zod';
import { defineView, type RowOf } from '../core/define.js';
import { Digest, Id, Int, Principal, Slug, TaskId, Text, Time } from '../core/scalars.js';
import { Action, Content, Fault, Json } from '../core/types.js';
import { AgentKind } from './agent-events.js';
import { Cause } from './types.js';

export const TaskState = z.enum([
  'planned',
  'queued',
  'ready',
  'leased',
  'stopping',
  'waiting',
  'between',
  'open',
  'succeeded',
  'failed',
  'skipped',
  'cancelled',
]);
export type TaskState = z.infer<typeof TaskState>;
export const RunState = z.enum(['running', 'paused', 'cancelling', 'succeeded', 'failed', 'cancelled']);
export type RunState = z.infer<typeof RunState>;

const AttemptRow = z.object({
  attempt: Int,
  role: Slug,
  holder: Principal.optional(),
  instanceId: z.string().optional(),
  /** When it was leased; absent while it only waits for a worker. */
  startedAt: Time.optional(),
  endedAt: Time.optional(),
  outcome: z.enum(['running', 'succeeded', 'failed', 'lost', 'released', 'handed_off', 'cancelled']),
  note: Text.optional(),
  /** Its log, once it has ended: text, one line each. */
  logs: Content.optional(),
});

const GateRefusal = z.object({
  outcome: z.string(),
  by: Principal.optional(),
  reason: Text.optional(),
});

export const runView = defineView({
  kind: 'run',
  context: 'swarm',
  permission: 'run:read',
  id: 'runId',
  rows: {
    run: z.object({
      runId: Id,
      name: Text,
      workflowId: Slug,
      version: Int,
      state: RunState,
      startedAt: Time,
      endedAt: Time.optional(),
      startedBy: Principal,
      cause: Cause,
      boardId: Id.optional(),
      input: Json,
      output: Json.optional(),
      fault: Fault.optional(),
      /** Revision of the run's stream. */
      revision: Int,
      deadlineAt: Time.optional(),
    }),
    task: z.object({
      taskId: TaskId,
      nodeId: z.string(),
      title: Text,
      kind: z.string(),
      role: Slug.optional(),
      needs: z.array(TaskId),
      /** The group that it stands in. */
      within: TaskId.optional(),
      /** Of a group: what it takes to succeed, in words. */
      rule: z.string().optional(),
      state: TaskState,
      attempt: Int,
      readyAt: Time.optional(),
      startedAt: Time.optional(),
      endedAt: Time.optional(),
      holder: Principal.optional(),
      instanceId: z.string().optional(),
      leaseMs: Int.optional(),
      /** Roles it may be handed off to. */
      routes: z.array(Slug).optional(),
      approvalId: Id.optional(),
      actionDigest: Digest.optional(),
      action: Action.optional(),
      input: Json.optional(),
      output: Json.optional(),
      /** Files and folders that it has produced. */
      artifacts: z.array(Content).optional(),
      fault: Fault.optional(),
      /** Why a gate did not open. */
      refusal: GateRefusal.optional(),
      attempts: z.array(AttemptRow),
      handoffs: z.array(z.object({ fromRole: Slug, toRole: Slug, reason: Text, hop: Int, at: Time })),
      cardId: Id,
      /** What a reader should be warned of, e.g. `claims_approval`: the output says it was approved, which means nothing. */
      flags: z.array(z.string()).optional(),
    }),
  },
});

export const taskBadgeView = defineView({
  kind: 'task-badge',
  context: 'swarm',
  permission: 'run:read',
  id: 'runId',
  rows: {
    task: z.object({
      runId: Id,
      taskId: TaskId,
      state: TaskState,
      attempt: Int,
      role: Slug.optional(),
      holder: Principal.optional(),
      instanceId: z.string().optional(),
      leaseMs: Int.optional(),
      leasedAt: Time.optional(),
      startedAt: Time.optional(),
      endedAt: Time.optional(),
      refusal: GateRefusal.optional(),
    }),
  },
});

export const runListView = defineView({
  kind: 'run-list',
  context: 'swarm',
  permission: 'run:read',
  id: 'all',
  rows: {
    run: z.object({
      runId: Id,
      name: Text,
      workflowId: Slug,
      version: Int,
      state: RunState,
      startedAt: Time,
      endedAt: Time.optional(),
      startedBy: Principal,
      boardId: Id.optional(),
      tasks: z.object({ total: Int, done: Int, failed: Int, running: Int, waiting: Int }),
    }),
  },
  window: {
    row: 'run',
    filter: ['state', 'workflowId', 'startedBy', 'boardId'],
    order: ['startedAt', 'name'],
    text: ['name', 'runId', 'workflowId'],
  },
});

export const agentsView = defineView({
  kind: 'agents',
  context: 'swarm',
  permission: 'run:read',
  id: 'all',
  rows: {
    agent: z.object({
      agentId: Slug,
      kind: AgentKind,
      roles: z.array(Slug),
      owner: Principal.optional(),
      build: z.string(),
      maxConcurrent: Int,
      registeredAt: Time,
    }),
  },
});

export const queuesView = defineView({
  kind: 'queues',
  context: 'swarm',
  permission: 'run:read',
  id: 'all',
  rows: {
    /** `depth` wait, since `oldestAt` at the earliest, and `held` are worked at. */
    role: z.object({ role: Slug, depth: Int, oldestAt: Time.optional(), held: Int.optional() }),
    /** One attempt that somebody works at; key `held/<runId>/<taskId>`. */
    held: z.object({ runId: Id, taskId: TaskId, attempt: Int, role: Slug }),
    /** One waiting attempt; key `ready/<runId>/<taskId>`. */
    ready: z.object({
      runId: Id,
      taskId: TaskId,
      attempt: Int,
      role: Slug,
      priority: Int,
      leaseMs: Int,
      readyAt: Time,
      /** Revision of its `TaskScheduled` in the run's stream. */
      revision: Int,
    }),
  },
});

export const workflowsView = defineView({
  kind: 'workflows',
  context: 'swarm',
  permission: 'run:read',
  id: 'all',
  rows: {
    workflow: z.object({
      workflowId: Slug,
      version: Int,
      digest: Digest,
      taskCount: Int,
      roles: z.array(Slug),
      publishedAt: Time,
    }),
  },
});

export type RunRow = RowOf<typeof runView, 'run'>;
export type TaskRow = RowOf<typeof runView, 'task'>;
export type TaskBadgeRow = RowOf<typeof taskBadgeView, 'task'>;
export type RunListRow = RowOf<typeof runListView, 'run'>;
export type AgentRow = RowOf<typeof agentsView, 'agent'>;
export type QueueRow = RowOf<typeof queuesView, 'role'>;
export type ReadyRow = RowOf<typeof queuesView, 'ready'>;
export type WorkflowRow = RowOf<typeof workflowsView, 'workflow'>;

export const swarmViews = [runView, taskBadgeView, runListView, agentsView, queuesView, workflowsView];
