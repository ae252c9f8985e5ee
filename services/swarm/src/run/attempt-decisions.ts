import { text, type Fault, type RunEvent, type Usage } from '@agencyos/contracts';
import { type CommandMetadata, type Refusable, rejection } from '@agencyos/decider';
import { digestOf } from '@agencyos/runtime/digest';
import { addMs } from '../time.js';
import { taskIdOf, type WorkflowDefinition } from '../workflow/workflow-definition.js';
import { existingTask, heldTask, type Of, openRun, principalOf, staleToken, taskNode, type RunDecision } from './run-command.js';
import type { Run } from './run-state.js';
import type { Task } from './task.js';

/** Lost leases are budgeted apart from failures: a crashed machine is not the task's fault. */
const MAX_LOSSES = 5;
/** Workers that are replaced give their tasks back; one that does nothing else would make the run grow without end. */
const MAX_RELEASES = 100;
const MAX_BACKOFF_MS = 300_000;

export const claimTask: RunDecision<'ClaimTask'> = ({ run, command, data, metadata, prepared }) => {
  const { runId, taskId, attempt, instanceId } = data;
  openRun(command, run);
  const task = existingTask(command, run, taskId);
  if (task.attempt > attempt) throw staleToken(command, task);
  if (task.state !== 'ready' || task.doomed || task.attempt !== attempt || run.status !== 'running') {
    throw rejection(command, 'not_available', { state: task.state });
  }
  const leasedBy = principalOf(metadata);
  const person = leasedBy.startsWith('user:');
  const allowed = person ? task.role === 'human' : (prepared.agent?.roles.includes(task.role) ?? false);
  if (!allowed) throw rejection(command, 'role_mismatch', { role: task.role, detail: `It needs the role ${task.role}.` });
  const { leaseMs, timeoutMs } = taskNode(prepared.definition, task);
  const until = person ? {} : { leaseMs, finishByAt: addMs(metadata.now, timeoutMs) };
  return [{ type: 'TaskLeased', data: { runId, taskId, attempt, leasedBy, instanceId, ...until } }];
};

export const succeedTask: RunDecision<'SucceedTask'> = ({ run, command, data, metadata, prepared }) => {
  const { runId, taskId, attempt, output, artifacts, usage, logs } = data;
  if (repeatsResult(command, run, metadata, { output, artifacts })) return [];
  const task = heldTask(command, run, data, metadata);
  if (task.state === 'stopping') throw stopping(command);
  const { produces = {} } = taskNode(prepared.definition, task);
  const absent = Object.keys(produces).find((name) => !artifacts.some((file) => file.name === name));
  if (absent !== undefined) {
    const detail = `${taskId} produces "${absent}", which is not among the artifacts of its result.`;
    throw rejection(command, 'artifact_missing', { field: 'artifacts', detail });
  }
  return [
    {
      type: 'TaskSucceeded',
      data: { runId, taskId, attempt, output, artifacts, usage, ...(logs && { logs }) },
    },
  ];
};

export const failTask: RunDecision<'FailTask'> = ({ run, command, data, metadata, prepared }) => {
  const { fault, usage, logs } = data;
  if (repeatsResult(command, run, metadata, { fault })) return [];
  const task = heldTask(command, run, data, metadata);
  if (task.state === 'stopping') throw stopping(command);
  return [failed(run, prepared.definition, task, metadata.now, fault, { usage, ...(logs && { logs }) })];
};

export const handOffTask: RunDecision<'HandOffTask'> = ({ run, command, data, metadata, prepared }) => {
  const { runId, taskId, attempt, toRole, reason, context, usage, logs } = data;
  const task = heldTask(command, run, data, metadata);
  if (task.state === 'stopping') throw stopping(command);
  const { handoff } = taskNode(prepared.definition, task);
  if (!handoff?.to.includes(toRole)) {
    const detail = `${taskId} may not be handed off to ${toRole}.`;
    throw rejection(command, 'route_not_allowed', { field: 'toRole', allowed: handoff?.to ?? [], detail });
  }
  if (task.visited.includes(toRole)) throw rejection(command, 'handoff_loop', { detail: `${toRole} has had it before.` });
  const hop = task.visited.length;
  if (hop > handoff.hops) throw rejection(command, 'hop_limit', { limit: handoff.hops });
  const fromRole = task.role;
  return [
    {
      type: 'TaskHandedOff',
      data: {
        ...{ runId, taskId, attempt, fromRole, toRole, reason, context, hop, usage },
        ...(logs && { logs }),
      },
    },
  ];
};

export const releaseTask: RunDecision<'ReleaseTask'> = ({ run, command, data, metadata, prepared }) => {
  const { runId, taskId, attempt, why } = data;
  const task = heldTask(command, run, data, metadata);
  // Whoever was told to stop and gives it back has stopped.
  if (task.state === 'stopping') return stopped(run, prepared.definition, task, metadata.now);
  if (task.releases >= MAX_RELEASES && metadata.actor.startsWith('agent:')) {
    const message = text(`Its workers gave it back ${MAX_RELEASES} times`);
    return [failed(run, prepared.definition, task, metadata.now, { code: 'given_back', message, retryable: false })];
  }
  return [{ type: 'TaskReleased', data: { runId, taskId, attempt, why } }];
};

export const confirmStopped: RunDecision<'ConfirmStopped'> = ({ run, command, data, metadata, prepared }) => {
  const task = existingTask(command, run, data.taskId);
  // Ended in another way meanwhile (its lease ran out, it was scheduled again): nothing is left to confirm.
  if (task.attempt !== data.attempt || (task.state !== 'leased' && task.state !== 'stopping')) return [];
  if (task.holder !== principalOf(metadata)) throw rejection(command, 'not_holder');
  if (task.state === 'leased')
    throw rejection(command, 'not_stopping', { detail: 'Nobody asked for a stop; release it instead.' });
  return stopped(run, prepared.definition, task, metadata.now, data.usage);
};

export const expireLease: RunDecision<'ExpireLease'> = ({ run, data, metadata, prepared }) => {
  const { runId, taskId, attempt, lastSeenAt, usage } = data;
  const task = run.tasks.get(taskId);
  if (!task || task.attempt !== attempt || (task.state !== 'leased' && task.state !== 'stopping')) return [];
  const final =
    task.state === 'leased' && (task.losses >= MAX_LOSSES || approvalEnded(run, prepared.definition, task, metadata.now));
  const expired: RunEvent = {
    type: 'TaskLeaseExpired',
    data: { runId, taskId, attempt, lastSeenAt, ...(usage && { usage }), final },
  };
  if (task.state === 'leased') return [expired];
  // A requeue needs nothing more: the next attempt follows from the lost lease itself.
  return task.stop?.then === 'requeue' ? [expired] : [expired, ...stopped(run, prepared.definition, task, metadata.now)];
};

export const timeOutTask: RunDecision<'TimeOutTask'> = ({ run, data, metadata, prepared }) => {
  const { runId, taskId, attempt, limit } = data;
  const task = run.tasks.get(taskId);
  if (!task || task.attempt !== attempt || run.status !== 'running') return [];
  if (limit === 'start' && task.state === 'ready') {
    const fault = { code: 'start_timeout', message: text('No worker took it in time'), retryable: true };
    return [failed(run, prepared.definition, task, metadata.now, fault)];
  }
  if (limit === 'run' && task.state === 'leased') {
    return [{ type: 'TaskStopRequested', data: { runId, taskId, attempt, why: 'timeout', then: 'fail' } }];
  }
  return [];
};

/** What a stop order was for comes true once the work has ended. */
function stopped(run: Run, definition: WorkflowDefinition, task: Task, now: string, usage?: Usage): RunEvent[] {
  const { runId } = run;
  const { taskId, attempt } = task;
  switch (task.stop?.then) {
    case 'requeue':
      return [{ type: 'TaskReleased', data: { runId, taskId, attempt, why: 'requeue', ...(usage && { usage }) } }];
    case 'fail': {
      const fault = { code: 'timeout', message: text('It ran longer than it may'), retryable: true };
      return [failed(run, definition, task, now, fault, usage && { usage })];
    }
    default:
      return [{ type: 'TaskCancelled', data: { runId, taskId, attempt } }];
  }
}

function failed(
  run: Run,
  definition: WorkflowDefinition,
  task: Task,
  now: string,
  fault: Fault,
  more: { usage?: Usage } = {},
): RunEvent {
  const { retries, backoffMs } = taskNode(definition, task);
  const retryAt = addMs(now, Math.min(backoffMs * 2 ** task.failures, MAX_BACKOFF_MS));
  const exhausted = !fault.retryable || task.failures >= retries;
  const final = exhausted || run.status !== 'running' || approvalEnded(run, definition, task, retryAt);
  const { taskId, attempt } = task;
  return {
    type: 'TaskFailed',
    data: { runId: run.runId, taskId, attempt, fault, ...more, final, ...(!final && { retryAt }) },
  };
}

/** A retry of a guarded step is the same use of its approval only as long as that is valid. */
function approvalEnded(run: Run, definition: WorkflowDefinition, task: Task, at: string): boolean {
  const { after } = taskNode(definition, task);
  const validUntilAt = after === undefined ? undefined : run.tasks.get(taskIdOf(definition, after))?.validUntilAt;
  return validUntilAt !== undefined && at >= validUntilAt;
}

/**
 * The same result again is harmless, another one for an attempt that has had its result is not. To others than its holder
 * the answer must not tell what the result was.
 */
function repeatsResult(
  command: Of<'SucceedTask' | 'FailTask'>,
  run: Run,
  metadata: CommandMetadata,
  given: { output: unknown; artifacts: unknown } | { fault: unknown },
): boolean {
  const { taskId, attempt } = command.data;
  const accepted = existingTask(command, run, taskId).result;
  if (accepted?.attempt !== attempt || accepted.by !== principalOf(metadata)) return false;
  const { attempt: _attempt, by: _by, ...result } = accepted;
  if (digestOf(result) === digestOf(given)) return true;
  throw rejection(command, 'result_differs', { detail: 'This attempt has had another result already.' });
}

const stopping = (command: Refusable<'stopping'>) =>
  rejection(command, 'stopping', { detail: 'It was told to stop; its result counts no more.' });
