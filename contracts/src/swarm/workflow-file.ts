import { z } from 'zod';
import { Int, Slug } from '../core/scalars.js';
import { nodeForms } from './nodes/index.js';
import { duration, Title, WORKFLOW_LIMITS } from './nodes/node-fields.js';

const InputField = z.strictObject({
  type: z.enum(['string', 'number', 'boolean', 'object', 'list']),
  description: z.string().max(500).optional(),
  required: z.boolean().optional(),
  default: z.unknown().optional(),
});

/** One node of a workflow file: something an agent does, a gate that people open, or a group of nodes, each checked by itself. */
export const WorkflowNode = z.union(nodeForms(z.unknown()));

/** A workflow file as written. References, cycles and templates are checked by the swarm service when it is published. */
export const WorkflowFile = z.strictObject({
  workflow: Slug,
  title: Title,
  description: z.string().max(2_000).optional(),
  cards: z.enum(['tasks', 'run', 'none']).optional(),
  input: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/), InputField).optional(),
  deadline: duration(1, WORKFLOW_LIMITS.deadlineMs).optional(),
  output: z.unknown().optional(),
  tasks: z.array(WorkflowNode).min(1).max(WORKFLOW_LIMITS.nodes),
});
export type WorkflowFile = z.infer<typeof WorkflowFile>;

/** One fault of a workflow file, as listed in the refusal `definition_invalid`. Lines and columns start at 1. */
export const WorkflowProblem = z.object({
  code: z.enum([
    'too_large',
    'yaml',
    'unknown_field',
    'shape',
    'too_many_nodes',
    'duplicate_id',
    'dangling_need',
    'cycle',
    'bad_gate',
    'no_policy',
    'bad_template',
    'bad_uses',
    'unapproved_file',
    'wrong_workflow',
    'bad_default',
  ]),
  message: z.string(),
  path: z.string(),
  line: Int.optional(),
  column: Int.optional(),
});
export type WorkflowProblem = z.infer<typeof WorkflowProblem>;
