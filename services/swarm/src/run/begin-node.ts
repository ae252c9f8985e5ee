import { fitText, ids, type RunEvent } from '@agencyos/contracts';
import { digestOf } from '@agencyos/runtime/digest';
import { addMs } from '../time.js';
import type { GateNode, TaskNode } from '../workflow/workflow-definition.js';
import { gateAction, gateBrief, isUnresolvable, taskInput } from './resolve-node.js';
import type { RunPrepared } from './run-command.js';
import type { Run } from './run-state.js';
import type { Task } from './task.js';
import type { Unfolding } from './unfolding.js';

/** The next attempt of a task may be claimed from now on. A step whose input cannot be made has failed for good. */
export function scheduled(run: Run, { stored }: RunPrepared, node: TaskNode, task: Task, now: string): RunEvent[] {
  const { runId } = run;
  const { taskId } = task;
  const attempt = task.attempt + 1;
  const made = taskInput(node, run, stored);
  const input = isUnresolvable(made) ? { value: null } : made;
  const approvalId = node.after === undefined ? undefined : run.tasks.get(node.after)?.approvalId;
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

export function reachGate(unfolding: Unfolding, node: GateNode, task: Task): void {
  const { run, prepared } = unfolding;
  const { runId } = run;
  const { taskId } = task;
  const approvalId = ids.gateApproval(runId, taskId, task.round + 1);
  const brief = gateBrief(node, prepared, run);
  const made = gateAction(node, prepared, run);
  const action = isUnresolvable(made)
    ? { kind: node.action.kind, target: node.action.target, parameters: { value: null }, artifacts: [] }
    : made.action;
  unfolding.add({
    type: 'GateReached',
    data: {
      ...{ runId, taskId, approvalId, action, actionDigest: digestOf(action), brief },
      ...(node.policyId !== undefined && { policyId: node.policyId }),
      ...(node.expiresInMs !== undefined && { expiresInMs: node.expiresInMs }),
    },
  });
  if (!isUnresolvable(made)) return;
  const refusal = { outcome: 'unavailable' as const, reason: fitText(made.unresolvable) };
  unfolding.add({ type: 'GateRefused', data: { runId, taskId, approvalId, ...refusal } });
}
