import { fitText, ids } from '@agencyos/contracts';
import { digestOf } from '@agencyos/runtime/digest';
import { isUnresolvable } from '../../run/resolving.js';
import type { Task } from '../../run/task.js';
import type { Unfolding } from '../../run/unfolding.js';
import { gateAction, gateBrief } from './gate-action.js';
import type { GateNode } from './gate-node.js';

/** People are asked, by what is true now. */
export function attendGate(unfolding: Unfolding, node: GateNode, task: Task): void {
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
