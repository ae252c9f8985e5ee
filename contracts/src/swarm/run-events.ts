import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Digest, Id, Int, Principal, Slug, TaskId, Text, Time } from '../core/scalars.js';
import { Action, Content, Fault, Json } from '../core/types.js';
import { AttemptRef, Budget, Cause, PlannedTask, Resume, Usage } from './types.js';

/** What a person or a result may say of one attempt of a task. The attempt's number is its fencing token. */
const attempt = { runId: Id, taskId: TaskId, attempt: Int };
const task = { runId: Id, taskId: TaskId };
const run = { runId: Id };

export const GateOutcome = z.enum(['rejected', 'expired', 'withdrawn', 'superseded', 'revoked', 'unavailable', 'digest_changed']);

/** Who or what wants a run cancelled: somebody, its deadline, its budget, or a rule of the installation. */
export const CancelledBy = z.enum(['request', 'deadline', 'budget', 'policy']);

/** From which level a plan may hold groups and conditions. */
export const PLANS_NEST = 2;

export const runEvents = defineEvents(
  'swarm',
  'run',
  {
    RunStarted: z.object({
      ...run,
      workflowId: Slug,
      version: Int,
      digest: Digest,
      name: Text,
      input: Json,
      cause: Cause,
      taskCount: Int,
      boardId: Id.optional(),
      cards: z.enum(['tasks', 'run', 'none']),
      admission: z.enum(['board', 'none']),
      budget: Budget.optional(),
      deadlineAt: Time.optional(),
      parent: AttemptRef.optional(),
      forkOf: z.object({ runId: Id, revision: Int }).optional(),
      continues: z.object({ runId: Id, state: Json }).optional(),
    }),
    TasksPlanned: z.object({ ...run, tasks: z.array(PlannedTask) }),
    /** More was ready than one append holds; the rest follows at once. */
    TasksDeferred: z.object({ ...run, ready: Int }),
    TaskScheduled: z.object({
      ...attempt,
      role: Slug,
      input: Json,
      inputDigest: Digest,
      priority: Int,
      leaseMs: Int,
      timeoutMs: Int,
      startByAt: Time.optional(),
      approvalId: Id.optional(),
      cacheDigest: Digest.optional(),
      compensates: TaskId.optional(),
      resume: Resume.optional(),
    }),
    /** People hold without a lease: no `leaseMs`. */
    TaskLeased: z.object({
      ...attempt,
      leasedBy: Principal,
      instanceId: z.string(),
      leaseMs: Int.optional(),
      finishByAt: Time.optional(),
    }),
    TaskSucceeded: z.object({
      ...attempt,
      output: Json,
      artifacts: z.array(Content),
      usage: Usage,
      logs: Content.optional(),
      reusedFrom: AttemptRef.optional(),
    }),
    TaskFailed: z.object({
      ...attempt,
      fault: Fault,
      usage: Usage.optional(),
      logs: Content.optional(),
      final: z.boolean(),
      retryAt: Time.optional(),
    }),
    TaskLeaseExpired: z.object({
      ...attempt,
      lastSeenAt: Time,
      usage: Usage.optional(),
      final: z.boolean(),
      retryAt: Time.optional(),
    }),
    TaskReleased: z.object({
      ...attempt,
      why: z.enum(['drain', 'shutdown', 'requeue']),
      usage: Usage.optional(),
    }),
    TaskHandedOff: z.object({
      ...attempt,
      fromRole: Slug,
      toRole: Slug,
      reason: Text,
      context: Json,
      hop: Int,
      usage: Usage,
      logs: Content.optional(),
    }),
    TaskStopRequested: z.object({
      ...attempt,
      why: z.enum(['cancel', 'requeue', 'timeout', 'budget', 'not_needed']),
      then: z.enum(['cancel', 'requeue', 'fail']),
    }),
    TaskCancelled: z.object({ ...task, attempt: Int.optional(), reason: Text.optional() }),
    TaskSkipped: z.object({
      ...task,
      why: z.enum(['condition', 'upstream', 'operator']),
      reason: Text.optional(),
    }),
    /** A group has begun, and so may what stands inside of it: `size` nodes, of which `need` (absent: all) are to succeed. */
    ScopeOpened: z.object({
      ...task,
      size: Int,
      need: Int.optional(),
      /** That it will fail is no reason to end what goes on inside. */
      collect: z.boolean(),
    }),
    /** A group is decided; what still goes on inside of it is not needed any more. */
    ScopeClosed: z.object({ ...task, outcome: z.enum(['succeeded', 'failed', 'skipped']) }),
    GateReached: z.object({
      ...task,
      approvalId: Id,
      action: Action,
      actionDigest: Digest,
      policyId: Slug.optional(),
      expiresInMs: Int.optional(),
      brief: Json,
    }),
    GateOpened: z.object({ ...task, approvalId: Id, actionDigest: Digest, validUntilAt: Time }),
    GateRefused: z.object({
      ...task,
      approvalId: Id,
      outcome: GateOutcome,
      /** Who rejected it or took it back. */
      by: Principal.optional(),
      reason: Text.optional(),
    }),
    RunSucceeded: z.object({ ...run, output: Json, usage: Usage }),
    RunFailed: z.object({ ...run, fault: Fault, failedTaskIds: z.array(TaskId), usage: Usage }),
    /** Without `by` it is of before that was said: by the service itself at the deadline, else by request. */
    RunCancelRequested: z.object({ ...run, by: CancelledBy.optional(), reason: Text.optional() }),
    RunCancelled: z.object({ ...run, reason: Text.optional(), usage: Usage }),
    RunReopened: z.object({
      ...run,
      fromTaskIds: z.array(TaskId),
      resetTaskIds: z.array(TaskId),
      overrides: Json.optional(),
    }),
  },
  {
    versions: { GateRefused: 2, RunCancelRequested: 2, TaskHandedOff: 2 },
    since: { ScopeOpened: { 1: { level: PLANS_NEST } }, ScopeClosed: { 1: { level: PLANS_NEST } } },
  },
);
export type CancelledBy = z.infer<typeof CancelledBy>;
export type RunEvent = EventOf<typeof runEvents>;
