import type { RunEvent } from '@agencyos/contracts';
import { type Refusable, rejection } from '@agencyos/decider';
import { isUnresolvable } from '../../run/resolving.js';
import { existingTask, type RunDecision } from '../../run/run-command.js';
import type { Task } from '../../run/task.js';
import { gateAction } from './gate-action.js';
import type { GateNode } from './gate-node.js';

export const openGate: RunDecision<'OpenGate'> = ({ run, command, data, metadata, prepared }) => {
  const { runId, taskId, approvalId, actionDigest, validUntilAt } = data;
  const task = existingTask(command, run, taskId);
  if (task.state === 'succeeded' && task.approvalId === approvalId) return [];
  waitingGate(command, task, approvalId);
  if (task.actionDigest !== actionDigest) throw rejection(command, 'digest_mismatch', { present: task.actionDigest });
  const node = prepared.definition.byId.get(task.nodeId);
  if (node?.kind !== 'gate') throw rejection(command, 'not_waiting');
  const refuse = (outcome: 'digest_changed' | 'expired'): RunEvent[] => [
    { type: 'GateRefused', data: { runId, taskId, approvalId, outcome } },
  ];
  if (metadata.now >= validUntilAt) return refuse('expired');
  // What was approved must still be what would be done: worked out again from the run as it is now.
  const made = gateAction(node as GateNode, prepared, run);
  if (isUnresolvable(made) || made.actionDigest !== actionDigest) return refuse('digest_changed');
  return [{ type: 'GateOpened', data: { runId, taskId, approvalId, actionDigest, validUntilAt } }];
};

export const refuseGate: RunDecision<'RefuseGate'> = ({ run, command, data }) => {
  const { runId, taskId, approvalId, outcome, by, reason } = data;
  const task = existingTask(command, run, taskId);
  if (task.state === 'failed' && task.approvalId === approvalId) return [];
  waitingGate(command, task, approvalId);
  const why = { outcome, ...(by && { by }), ...(reason && { reason }) };
  return [{ type: 'GateRefused', data: { runId, taskId, approvalId, ...why } }];
};

function waitingGate(command: Refusable<'not_waiting'>, task: Task, approvalId: string): void {
  if (task.kind !== 'gate' || task.state !== 'waiting' || task.approvalId !== approvalId) {
    throw rejection(command, 'not_waiting', { state: task.state });
  }
}
