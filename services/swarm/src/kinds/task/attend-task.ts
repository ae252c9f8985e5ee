import { fitText, type RunEvent } from '@agencyos/contracts';
import { digestOf } from '@agencyos/runtime/digest';
import { isUnresolvable } from '../../run/resolving.js';
import type { RunPrepared } from '../../run/run-command.js';
import type { Run } from '../../run/run-state.js';
import type { Task } from '../../run/task.js';
import type { Unfolding } from '../../run/unfolding.js';
import { addMs } from '../../time.js';
import { taskIdOf } from '../../workflow/workflow-definition.js';
import { taskInput } from './task-input.js';
import type { TaskNode } from './task-node.js';

export function attendTask(unfolding: Unfolding, node: TaskNode, task: Task): void {
  for (const event of scheduled(unfolding.run, unfolding.prepared, node, task, unfolding.now)) unfolding.add(event);
}

/** The next attempt of a task may be claimed from now on. A step whose input cannot be made has failed for good. */
export function scheduled(run: Run, prepared: RunPrepared, node: TaskNode, task: Task, now: string): RunEvent[] {
  const { runId } = run;
  const { taskId } = task;
  const attempt = task.attempt + 1;
  const made = taskInput(node, run, prepared);
  const input = isUnresolvable(made) ? { value: null } : made;
  const approvalId = node.after === undefined ? undefined : run.tasks.get(taskIdOf(prepared.definition, node.after))?.approvalId;
  const event: RunEvent = {
    type: 'TaskScheduled',
    data: {
      ...{
        runId,
        taskId,
        attempt,
        role: task.role,
        input,
        inputDigest: digestOf(input.value),
        priority: node.priority,
      },
      ...{ leaseMs: node.leaseMs, timeoutMs: node.timeoutMs },
      ...(node.startWithinMs !== undefined && { startByAt: addMs(now, node.startWithinMs) }),
      ...(approvalId !== undefined && { approvalId }),
      ...(task.resume && { resume: task.resume }),
    },
  };
  if (!isUnresolvable(made)) return [event];
  const fault = { code: 'input_unresolved', message: fitText(made.unresolvable), retryable: false };
  return [event, { type: 'TaskFailed', data: { runId, taskId, attempt, fault, final: true } }];
}
