import { describeCommand, type Fact } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { runTimers } from './run.timers.js';

const runId = '01900000-0000-7000-8000-00000000000f';
const dueAt = '2026-01-01T00:01:00.000Z';
const task = { runId, taskId: 'a', attempt: 2 };
const on = (type: string, data: object = task) => runTimers.on({ type, data } as unknown as Fact);
const cancelled = (kind: string, key = `${runId}/a`) => ({ cancel: { kind, key } });

describe('a limit of a run', () => {
  it.each([
    ['RunStarted', { runId, deadlineAt: dueAt }, 'run-deadline', runId, 'TimeOutRun', { runId }],
    ['TaskScheduled', { ...task, startByAt: dueAt }, 'task-start', `${runId}/a`, 'TimeOutTask', { ...task, limit: 'start' }],
    ['TaskLeased', { ...task, finishByAt: dueAt }, 'task-run', `${runId}/a`, 'TimeOutTask', { ...task, limit: 'run' }],
    ['TaskFailed', { ...task, retryAt: dueAt }, 'task-retry', `${runId}/a`, 'ScheduleRetry', task],
    ['TaskLeaseExpired', { ...task, retryAt: dueAt }, 'task-retry', `${runId}/a`, 'ScheduleRetry', task],
  ])('is set by %s as a span of time', (type, data, kind, key, command, sent) => {
    expect(on(type, data).at(-1)).toEqual({ set: { kind, key, dueAt, command: { type: command, data: sent }, elapses: true } });
    expect(describeCommand(command)!.data.safeParse(sent).error).toBeUndefined();
  });

  it.each([
    ['RunStarted', { runId }],
    ['TaskScheduled', task],
    ['TaskLeased', task],
    ['TaskCancelled', { runId, taskId: 'a' }],
    ['TaskSkipped', task],
  ])('is none of %s without one', (type, data) => expect(on(type, data)).toEqual([]));

  it.each(['TaskSucceeded', 'TaskFailed', 'TaskLeaseExpired', 'TaskReleased', 'TaskHandedOff'])(
    'of an attempt is over with %s',
    (type) => expect(on(type)).toEqual([cancelled('task-run')]),
  );

  it('of an attempt is over with its task, the pause before the next and the wait for a worker, too', () =>
    expect(on('TaskCancelled')).toEqual(['task-run', 'task-retry', 'task-start'].map((kind) => cancelled(kind))));

  it('of an attempt is over before its next one is waited for', () =>
    expect(on('TaskFailed', { ...task, retryAt: dueAt })[0]).toEqual(cancelled('task-run')));

  it.each(['RunSucceeded', 'RunFailed', 'RunCancelled'])('of the whole is over with %s', (type) =>
    expect(on(type, { runId })).toEqual([cancelled('run-deadline', runId)]),
  );
});
