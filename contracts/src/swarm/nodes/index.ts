import type { z } from 'zod';
import { GateNode } from './gate-node.js';
import { ParallelNode } from './parallel-node.js';
import { SequenceNode } from './sequence-node.js';
import { TaskNode } from './task-node.js';

/** The forms that a node of a workflow file may have; `node` is what stands inside of a group. */
export const nodeForms = (node: z.ZodType) => [TaskNode, GateNode, SequenceNode(node), ParallelNode(node)] as const;

export { durationMs, WORKFLOW_LIMITS } from './node-fields.js';
export { GateNode as GateNodeForm } from './gate-node.js';
export { ParallelNode as ParallelNodeForm } from './parallel-node.js';
export { SequenceNode as SequenceNodeForm } from './sequence-node.js';
export { TaskNode as TaskNodeForm } from './task-node.js';
