import type { RunEvent } from '@agencyos/contracts';
import type { Recorded } from '@agencyos/decider';
import { addUsage, inlineValue, type Run } from './run-state.js';
import { placeOf, type Task } from './task.js';

/** No holder, no stop order: what every end of an attempt leaves behind. */
const LET_GO = {
  holder: undefined,
  leaseMs: undefined,
  stop: undefined,
  dueNow: undefined,
} satisfies Partial<Task>;

export function evolveRun(run: Run, event: RunEvent, recorded: Recorded): Run {
  const { revision } = recorded;
  const change = (taskId: string, partial: Partial<Task>): Run => {
    const before = run.tasks.get(taskId);
    const moves = partial.state !== undefined && before && placeOf(before) !== placeOf({ state: partial.state });
    return { ...run, tasks: run.tasks.update(taskId, { ...partial, revision, ...(moves && { turned: revision }) }) };
  };
  const { type, data } = event;
  switch (type) {
    case 'RunStarted': {
      const { runId, workflowId, digest, name, input, cause, taskCount, cards, deadlineAt } = data;
      return {
        ...run,
        status: 'running',
        ...{ runId, workflowId, digest, name, input: inlineValue(input), cause, taskCount, cards },
        ...(deadlineAt && { deadlineAt }),
      };
    }
    case 'TasksPlanned':
      return { ...run, tasks: run.tasks.plan(data.tasks) };
    case 'TasksDeferred':
      return run;
    case 'TaskScheduled': {
      const { taskId, attempt, role, resume, approvalId } = data;
      return change(taskId, {
        ...LET_GO,
        state: 'ready',
        attempt,
        role,
        resume,
        ...(approvalId && { approvalId }),
      });
    }
    case 'TaskLeased':
      return change(data.taskId, { state: 'leased', holder: data.leasedBy, leaseMs: data.leaseMs });
    case 'TaskSucceeded': {
      const { taskId, attempt, output, artifacts, usage } = data;
      const by = run.tasks.get(taskId)?.holder;
      const next = change(taskId, { ...LET_GO, state: 'succeeded', result: { attempt, by, output, artifacts } });
      const storedOutputs = 'content' in output ? [...run.storedOutputs, taskId] : run.storedOutputs;
      return { ...next, storedOutputs, usage: addUsage(run.usage, usage) };
    }
    case 'TaskFailed': {
      const { taskId, attempt, fault, usage, final } = data;
      const before = run.tasks.get(taskId);
      const failures = (before?.failures ?? 0) + 1;
      const state = final ? 'failed' : 'between';
      const next = change(taskId, { ...LET_GO, state, failures, result: { attempt, by: before?.holder, fault } });
      return { ...next, usage: addUsage(run.usage, usage) };
    }
    case 'TaskLeaseExpired': {
      const { taskId, usage, final } = data;
      const task = run.tasks.get(taskId);
      // One that was told to stop anyway was not lost: what `then` says follows in the same append.
      const losses = (task?.losses ?? 0) + (task?.stop ? 0 : 1);
      const next = change(taskId, { ...LET_GO, state: final ? 'failed' : 'between', dueNow: !final, losses });
      return { ...next, usage: addUsage(run.usage, usage) };
    }
    case 'TaskReleased': {
      const { taskId, usage } = data;
      const releases = (run.tasks.get(taskId)?.releases ?? 0) + Number(recorded.actor.startsWith('agent:'));
      const next = change(taskId, { ...LET_GO, state: 'between', dueNow: true, releases });
      return { ...next, usage: addUsage(run.usage, usage) };
    }
    case 'TaskHandedOff': {
      const { taskId, attempt, toRole, context, usage } = data;
      const visited = [...(run.tasks.get(taskId)?.visited ?? []), toRole];
      const resume = { kind: 'handoff' as const, id: `${taskId}/${attempt}`, value: context };
      const next = change(taskId, {
        ...LET_GO,
        state: 'between',
        dueNow: true,
        role: toRole,
        visited,
        resume,
      });
      return { ...next, usage: addUsage(run.usage, usage) };
    }
    case 'TaskStopRequested':
      return change(data.taskId, { state: 'stopping', stop: { why: data.why, then: data.then } });
    case 'TaskCancelled':
      return change(data.taskId, { ...LET_GO, state: 'cancelled' });
    case 'TaskSkipped':
      return change(data.taskId, { ...LET_GO, state: 'skipped', passed: data.why === 'condition' });
    case 'ScopeOpened': {
      const { taskId, size, need, collect } = data;
      return change(taskId, { state: 'open', rule: { size, need, collect } });
    }
    case 'ScopeClosed':
      return change(data.taskId, { state: data.outcome, passed: data.outcome === 'skipped' });
    case 'GateReached': {
      const { taskId, approvalId, action, actionDigest } = data;
      const round = (run.tasks.get(taskId)?.round ?? 0) + 1;
      return change(taskId, { state: 'waiting', round, approvalId, action, actionDigest });
    }
    case 'GateOpened':
      return change(data.taskId, { state: 'succeeded', validUntilAt: data.validUntilAt });
    case 'GateRefused':
      return change(data.taskId, { state: 'failed', refusal: data });
    case 'RunSucceeded':
      return { ...run, status: 'succeeded' };
    case 'RunFailed':
      return { ...run, status: 'failed' };
    case 'RunCancelled':
      return { ...run, status: 'cancelled' };
    case 'RunCancelRequested': {
      // Before the event said so, only the deadline's timer cancelled in this service's name.
      const { by = recorded.actor === 'service:swarm' ? 'deadline' : 'request', reason } = data;
      return { ...run, status: 'cancelling', cancel: { by, ...(reason && { reason }) } };
    }
    case 'RunReopened': {
      const reset = {
        ...LET_GO,
        state: 'planned' as const,
        failures: 0,
        losses: 0,
        releases: 0,
        resume: undefined,
        validUntilAt: undefined,
        refusal: undefined,
        passed: undefined,
        doomed: undefined,
      };
      const tasks = data.resetTaskIds.reduce((table, taskId) => {
        const home = table.get(taskId)?.visited.slice(0, 1) ?? [];
        return table.update(taskId, {
          ...reset,
          visited: home,
          role: home[0] ?? '',
          revision,
          turned: revision,
        });
      }, run.tasks);
      return { ...run, status: 'running', cancel: undefined, tasks };
    }
  }
}
