import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { LimitedJson, limitedText } from '../core/limited.js';
import { digestMismatch, forbidden, noPolicy, notFound } from '../core/refusals.js';
import { Digest, Id, Int, MintedId, Principal, Slug, TaskId, Time } from '../core/scalars.js';
import { AttemptNumber, InstanceId, LimitedArtifacts, LimitedContent, LimitedFault, LimitedUsage } from './command-fields.js';
import {
  alreadyFinished,
  artifactMissing,
  closed,
  contentMissing,
  handoffLoop,
  hopLimit,
  inputInvalid,
  notAvailable,
  notHolder,
  notStoppable,
  notStopping,
  notWaiting,
  resultDiffers,
  roleMismatch,
  routeNotAllowed,
  runExists,
  staleRevision,
  staleToken,
  stopping,
  unknownWorkflow,
} from './refusals.js';
import { CancelledBy } from './run-events.js';

const run = { runId: Id };
const task = { ...run, taskId: TaskId };
const attempt = { ...task, attempt: AttemptNumber };

export const runCommands = defineCommands('swarm', 'run', 'runId', {
  StartRun: {
    permission: ['run:operate'],
    services: ['gateway', 'kanban', 'swarm'],
    mints: ['runId'],
    refusals: [runExists, forbidden, unknownWorkflow, inputInvalid, noPolicy],
    data: z.strictObject({
      runId: MintedId,
      workflowId: Slug,
      version: z.int().min(1).optional(),
      /** Exactly this file, whatever was published after it. */
      digest: Digest.optional(),
      name: limitedText().optional(),
      input: LimitedJson,
      cause: z
        .strictObject({
          kind: z.enum(['manual', 'trigger', 'card', 'rule', 'incident', 'subflow', 'continued', 'forked', 'setup']),
          id: z.string().max(200).optional(),
        })
        .describe('From outside `manual`; the other kinds are for services.'),
      boardId: Id.optional(),
    }),
  },
  ClaimTask: {
    permission: ['task:work'],
    services: ['kanban'],
    refusals: [notFound, closed, staleToken, notAvailable, roleMismatch],
    data: z.strictObject({ ...attempt, instanceId: InstanceId }),
  },
  SucceedTask: {
    permission: ['task:work'],
    services: ['kanban'],
    refusals: [notFound, resultDiffers, staleToken, alreadyFinished, notHolder, stopping, artifactMissing, contentMissing],
    data: z.strictObject({
      ...attempt,
      output: LimitedJson,
      artifacts: LimitedArtifacts,
      usage: LimitedUsage,
      logs: LimitedContent.optional(),
    }),
  },
  FailTask: {
    permission: ['task:work'],
    refusals: [notFound, resultDiffers, staleToken, alreadyFinished, notHolder, stopping],
    data: z.strictObject({
      ...attempt,
      fault: LimitedFault,
      usage: LimitedUsage,
      logs: LimitedContent.optional(),
    }),
  },
  HandOffTask: {
    permission: ['task:work'],
    refusals: [notFound, staleToken, alreadyFinished, notHolder, stopping, routeNotAllowed, handoffLoop, hopLimit],
    data: z.strictObject({
      ...attempt,
      toRole: Slug,
      reason: limitedText(),
      context: LimitedJson,
      usage: LimitedUsage,
      logs: LimitedContent.optional(),
    }),
  },
  ReleaseTask: {
    permission: ['task:work'],
    refusals: [notFound, staleToken, alreadyFinished, notHolder],
    data: z.strictObject({ ...attempt, why: z.enum(['drain', 'shutdown']) }),
  },
  ConfirmStopped: {
    permission: ['task:work'],
    refusals: [notFound, notHolder, notStopping],
    data: z.strictObject({ ...attempt, usage: LimitedUsage }),
  },
  ExpireLease: {
    permission: [],
    services: ['swarm'],
    refusals: [],
    data: z.strictObject({ ...attempt, lastSeenAt: Time, usage: LimitedUsage.optional() }),
  },
  TimeOutTask: {
    permission: [],
    services: ['swarm'],
    refusals: [],
    data: z.strictObject({ ...attempt, limit: z.enum(['start', 'run']) }),
  },
  TimeOutRun: { permission: [], services: ['swarm'], refusals: [], data: z.strictObject(run) },
  PlanMore: { permission: [], services: ['swarm'], refusals: [], data: z.strictObject(run) },
  ScheduleRetry: { permission: [], services: ['swarm'], refusals: [], data: z.strictObject(attempt) },
  RequeueTask: {
    permission: ['run:operate'],
    services: ['kanban', 'swarm'],
    refusals: [notFound, staleRevision, notStoppable, alreadyFinished],
    data: z.strictObject({ ...task, seenRevision: Int.optional() }),
  },
  CancelTask: {
    permission: ['run:operate'],
    services: ['kanban', 'swarm'],
    refusals: [notFound, staleRevision, alreadyFinished, closed],
    data: z.strictObject({ ...task, seenRevision: Int.optional(), reason: limitedText().optional() }),
  },
  CancelRun: {
    permission: ['run:operate'],
    services: ['kanban', 'swarm'],
    refusals: [notFound, forbidden, closed],
    data: z.strictObject({
      ...run,
      by: CancelledBy.optional().describe('From outside `request`, as when absent; the others are for services.'),
      reason: limitedText().optional(),
    }),
  },
  OpenGate: {
    permission: [],
    services: ['swarm'],
    refusals: [notFound, notWaiting, digestMismatch],
    data: z.strictObject({ ...task, approvalId: Id, actionDigest: Digest, validUntilAt: Time }),
  },
  RefuseGate: {
    permission: [],
    services: ['swarm'],
    refusals: [notFound, notWaiting],
    data: z.strictObject({
      ...task,
      approvalId: Id,
      outcome: z.enum(['rejected', 'expired', 'withdrawn', 'superseded', 'revoked', 'unavailable']),
      by: Principal.optional(),
      reason: limitedText().optional(),
    }),
  },
});
export type RunCommand = CommandOf<typeof runCommands>;
