import { GateNode } from './gate-node.js';
import { TaskNode } from './task-node.js';

/** The forms that a node of a workflow file may have. */
export const nodeForms = [TaskNode, GateNode] as const;

export { durationMs, WORKFLOW_LIMITS } from './node-fields.js';
export { GateNode as GateNodeForm } from './gate-node.js';
export { TaskNode as TaskNodeForm } from './task-node.js';
