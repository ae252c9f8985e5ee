import { fitText, gateRefusal, LIMITS, text, type Text } from '@agencyos/contracts';
import { isUnresolvable } from './resolving.js';
import { runOutput } from './run-output.js';
import { isTerminal, type Task } from './task.js';
import type { Unfolding } from './unfolding.js';

/** Nothing under way and nothing left that could begin: what is still planned waits for what will never come. */
export function end(unfolding: Unfolding): void {
  const { run, prepared } = unfolding;
  const { counts } = run.tasks;
  if (counts.active > 0 || counts.size < run.taskCount) return;
  for (const task of run.tasks) if (task.state === 'planned' && task.open === 0) return;
  const { runId, usage } = run;
  if (counts.succeeded < counts.size) {
    const failures = [...run.tasks].filter(({ state }) => state === 'failed');
    const failed = failures.map(({ taskId }) => taskId);
    const fault = { ...whyEnded(failures), retryable: false };
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
function whyEnded(failures: readonly Task[]): { code: string; message: Text } {
  const gate = failures.find(({ refusal }) => refusal);
  if (gate?.refusal)
    return {
      code: `gate_${gate.refusal.outcome}`,
      message: fitText(`${gate.title}: ${gateRefusal(gate.refusal)}`),
    };
  const failed = failures.slice(0, 10).map(({ taskId }) => taskId);
  return failed.length > 0
    ? { code: 'task_failed', message: text(`${failed.join(', ')} failed`) }
    : { code: 'task_cancelled', message: text('A task that the others need was cancelled') };
}

/** Being cancelled: what nobody holds ends now, the run when the last holder has stopped. */
export function windDown(unfolding: Unfolding): void {
  const { runId } = unfolding.run;
  for (let index = 0; index < unfolding.run.tasks.counts.size; index++) {
    const task = unfolding.run.tasks.at(index);
    // A planned task without a card of its own ends with the run; nobody looks at it.
    const silent = task.state === 'planned' && !task.card;
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
