import { fitText, gateRefusal, LIMITS, text, type Text } from '@agencyos/contracts';
import { isUnresolvable } from './resolving.js';
import { runOutput } from './run-output.js';
import type { Run } from './run-state.js';
import { endedWell, isTerminal, type Task } from './task.js';
import type { Unfolding } from './unfolding.js';

/** Nothing under way and nothing left that could begin: what is still planned waits for what will never come. */
export function end(unfolding: Unfolding): void {
  const { run, prepared } = unfolding;
  const { counts } = run.tasks;
  if (counts.active > 0 || counts.size < run.taskCount) return;
  if (counts.attention > 0) return;
  const { runId, usage } = run;
  if (counts.succeeded < counts.size && [...run.tasks].some((task) => task.within === undefined && !endedWell(task))) {
    const failures = [...run.tasks].filter((task) => task.state === 'failed' && !task.rule && matters(run, task));
    const failed = failures.map(({ taskId }) => taskId);
    const fault = { ...whyEnded(run, failures), retryable: false };
    unfolding.add({
      type: 'RunFailed',
      data: { runId, fault, failedTaskIds: failed.slice(0, LIMITS.listItems), usage },
    });
    return;
  }
  const output = runOutput(prepared, run);
  if (isUnresolvable(output)) {
    const fault = { code: 'output_unresolved', message: fitText(output.unresolvable), retryable: false };
    unfolding.add({ type: 'RunFailed', data: { runId, fault, failedTaskIds: [], usage } });
  } else {
    unfolding.add({ type: 'RunSucceeded', data: { runId, output, usage } });
  }
}

/** A gate that did not open says more than that its task failed: somebody decided so. */
function whyEnded(run: Run, failures: readonly Task[]): { code: string; message: Text } {
  const gate = failures.find(({ refusal }) => refusal);
  if (gate?.refusal)
    return {
      code: `gate_${gate.refusal.outcome}`,
      message: fitText(`${gate.title}: ${gateRefusal(gate.refusal)}`),
    };
  const failed = failures.slice(0, 10).map(({ taskId }) => taskId);
  if (failed.length > 0) return { code: 'task_failed', message: text(`${failed.join(', ')} failed`) };
  const group = [...run.tasks].find(({ state, rule, within }) => state === 'failed' && rule && within === undefined);
  return group
    ? { code: 'group_failed', message: fitText(`${group.title}: too few of what stands inside have succeeded`) }
    : { code: 'task_cancelled', message: text('A task that the others need was cancelled') };
}

/** What failed inside of a group that has succeeded all the same is no reason. */
function matters({ tasks }: Run, task: Task): boolean {
  for (let { within } = task; within !== undefined;) {
    const group = tasks.get(within)!;
    if (group.state === 'succeeded') return false;
    ({ within } = group);
  }
  return true;
}

/** Being cancelled: what nobody holds ends now, the run when the last holder has stopped. */
export function windDown(unfolding: Unfolding): void {
  const { runId } = unfolding.run;
  for (let index = 0; index < unfolding.run.tasks.counts.size; index++) {
    const task = unfolding.run.tasks.at(index);
    // What nobody works on and has no card of its own ends with the run; nobody looks at it.
    const silent = (task.state === 'planned' || task.state === 'open') && !task.card;
    if (silent || isTerminal(task) || task.state === 'leased' || task.state === 'stopping') continue;
    const attempt = task.attempt > 0 ? { attempt: task.attempt } : {};
    unfolding.add({ type: 'TaskCancelled', data: { runId, taskId: task.taskId, ...attempt } });
  }
  const { tasks, cancel, usage } = unfolding.run;
  if (tasks.counts.held > 0) return;
  if (cancel?.by === 'deadline') {
    const fault = {
      code: 'deadline_exceeded',
      message: text('The run did not finish by its deadline'),
      retryable: false,
    };
    unfolding.add({ type: 'RunFailed', data: { runId, fault, failedTaskIds: [], usage } });
  } else {
    const reason = cancel?.reason ? { reason: text(cancel.reason) } : {};
    unfolding.add({ type: 'RunCancelled', data: { runId, ...reason, usage } });
  }
}
