import { text, type CancelledBy, type RunEvent } from '@agencyos/contracts';
import { type Refusable, rejection } from '@agencyos/decider';
import { scheduled } from '../kinds/task/attend-task.js';
import { existingTask, isOurs, openRun, taskNode, type RunDecision } from './run-command.js';
import { notStoppable, reopened } from './reopen.js';
import type { Run } from './run-state.js';
import { isTerminal, type Task } from './task.js';

export const scheduleRetry: RunDecision<'ScheduleRetry'> = ({ run, data, metadata, prepared }) => {
  const task = run.tasks.get(data.taskId);
  const due = task?.state === 'between' && !task.dueNow && task.attempt === data.attempt && run.status === 'running';
  return due ? scheduled(run, prepared, taskNode(prepared.definition, task), task, metadata.now) : [];
};

export const requeueTask: RunDecision<'RequeueTask'> = ({ run, command, data, metadata, prepared }) => {
  const { runId, taskId, seenRevision } = data;
  const task = existingTask(command, run, taskId);
  unchangedSince(command, task, seenRevision);
  if (run.status === 'cancelling') throw notStoppable(command, task, 'The run is being cancelled.');
  switch (task.state) {
    case 'leased':
      // The approval was given for one use; doing it again at will is another.
      if (taskNode(prepared.definition, task).after !== undefined) {
        throw notStoppable(command, task, 'It is guarded by an approval. Cancel it, then ask again.');
      }
      return [
        {
          type: 'TaskStopRequested',
          data: { runId, taskId, attempt: task.attempt, why: 'requeue', then: 'requeue' },
        },
      ];
    case 'stopping':
      if (task.stop?.then === 'requeue') return [];
      throw notStoppable(command, task, 'It is being stopped for another reason.');
    case 'ready':
      return [];
    case 'between':
      return scheduled(run, prepared, taskNode(prepared.definition, task), task, metadata.now);
    case 'failed':
    case 'cancelled':
      return [reopened(command, run, task, prepared.definition)];
    case 'succeeded':
    case 'skipped':
      throw rejection(command, 'already_finished', { state: task.state });
    default:
      throw notStoppable(command, task, `It is ${task.state}.`);
  }
};

export const cancelTask: RunDecision<'CancelTask'> = ({ run, command, data }) => {
  const { runId, taskId, seenRevision, reason } = data;
  const task = existingTask(command, run, taskId);
  unchangedSince(command, task, seenRevision);
  if (task.state === 'cancelled') return [];
  if (isTerminal(task)) throw rejection(command, 'already_finished', { state: task.state });
  openRun(command, run);
  const { attempt } = task;
  if (task.state === 'stopping' && task.stop?.then === 'cancel') return [];
  if (task.state === 'leased' || task.state === 'stopping') {
    return [{ type: 'TaskStopRequested', data: { runId, taskId, attempt, why: 'cancel', then: 'cancel' } }];
  }
  return [
    {
      type: 'TaskCancelled',
      data: { runId, taskId, ...(attempt > 0 && { attempt }), ...(reason && { reason }) },
    },
  ];
};

export const cancelRun: RunDecision<'CancelRun'> = ({ run, command, data, metadata }) => {
  const { by = 'request', reason } = data;
  if (by !== 'request' && !isOurs(metadata.actor)) {
    const detail = 'From outside the reason is `request`; the others are for services.';
    throw rejection(command, 'forbidden', { field: 'by', detail });
  }
  if (run.status === 'cancelling' || run.status === 'cancelled') return [];
  openRun(command, run);
  return endRun(run, by, reason);
};

export const timeOutRun: RunDecision<'TimeOutRun'> = ({ run }) =>
  run.status === 'running' ? endRun(run, 'deadline', text('deadline')) : [];

/** What the holders of a run's tasks are told. */
const WHY_STOP = { request: 'cancel', policy: 'cancel', deadline: 'timeout', budget: 'budget' } as const;

function endRun(run: Run, by: CancelledBy, reason: RunReason): RunEvent[] {
  const { runId } = run;
  const why = WHY_STOP[by];
  const events: RunEvent[] = [{ type: 'RunCancelRequested', data: { runId, by, ...(reason && { reason }) } }];
  for (const { taskId, attempt, state, stop } of run.tasks) {
    if (state !== 'leased' && !(state === 'stopping' && stop?.then !== 'cancel')) continue;
    events.push({ type: 'TaskStopRequested', data: { runId, taskId, attempt, why, then: 'cancel' } });
  }
  return events;
}
type RunReason = Extract<RunEvent, { type: 'RunCancelRequested' }>['data']['reason'];

function unchangedSince(command: Refusable<'stale_revision'>, task: Task, seenRevision: number | undefined): void {
  if (seenRevision !== undefined && task.turned > seenRevision) {
    throw rejection(command, 'stale_revision', { present: task.turned, detail: 'The task has changed since.' });
  }
}
