import { runEvents, text, type FactOf, type PublishedCommand } from '@agencyos/contracts';
import { defineTimers, type TimerOp } from '@agencyos/runtime';

type RunFact = FactOf<typeof runEvents>;

/** Pauses before retries, limits of waiting and running, deadlines of runs. A late or overtaken one does nothing. */
export const runTimers = defineTimers('run-timers', [runEvents], {
  on: timersOf,
  refuse: ({ data: { runId } }, reason) => ({
    type: 'CancelRun',
    data: { runId, by: 'policy', reason: text(reason) },
  }),
});

function timersOf({ type, data }: RunFact): TimerOp[] {
  const { runId } = data;
  switch (type) {
    case 'RunStarted':
      return data.deadlineAt ? [set('run-deadline', runId, data.deadlineAt, { type: 'TimeOutRun', data: { runId } })] : [];
    case 'RunSucceeded':
    case 'RunFailed':
    case 'RunCancelled':
      return [{ cancel: { kind: 'run-deadline', key: runId } }];
    case 'TaskScheduled': {
      const { taskId, attempt, startByAt } = data;
      const command = { type: 'TimeOutTask', data: { runId, taskId, attempt, limit: 'start' } } as const;
      return startByAt ? [set('task-start', keyOf(data), startByAt, command)] : [];
    }
    case 'TaskLeased': {
      const { taskId, attempt, finishByAt } = data;
      const command = { type: 'TimeOutTask', data: { runId, taskId, attempt, limit: 'run' } } as const;
      return finishByAt ? [set('task-run', keyOf(data), finishByAt, command)] : [];
    }
    case 'TaskFailed':
    case 'TaskLeaseExpired': {
      const { taskId, attempt, retryAt } = data;
      const ended: TimerOp = { cancel: { kind: 'task-run', key: keyOf(data) } };
      const command = { type: 'ScheduleRetry', data: { runId, taskId, attempt } } as const;
      return retryAt ? [ended, set('task-retry', keyOf(data), retryAt, command)] : [ended];
    }
    case 'TaskSucceeded':
    case 'TaskReleased':
    case 'TaskHandedOff':
      return [{ cancel: { kind: 'task-run', key: keyOf(data) } }];
    case 'TaskCancelled':
      // A pause or a wait for a worker ends with it.
      return data.attempt === undefined ? [] : TASK_TIMERS.map((kind) => ({ cancel: { kind, key: keyOf(data) } }));
    default:
      return [];
  }
}

const TASK_TIMERS = ['task-run', 'task-retry', 'task-start'];
const keyOf = ({ runId, taskId }: { runId: string; taskId: string }) => `${runId}/${taskId}`;
const set = (kind: string, key: string, dueAt: string, command: PublishedCommand): TimerOp => ({
  // All are spans of time.
  set: { kind, key, dueAt, command, elapses: true },
});
