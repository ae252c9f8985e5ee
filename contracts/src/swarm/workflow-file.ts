import { z } from 'zod';
import { Digest, Int, Slug } from '../core/scalars.js';
import { FileName } from './worker-protocol.js';

/** Bounds of a workflow file. */
export const WORKFLOW_LIMITS = {
  fileBytes: 256 * 1024,
  nodes: 10_000,
  needsPerTask: 500,
  aliases: 100,
  arguments: 200,
  argumentCharacters: 8_000,
  filesPerTask: 20,
  retries: 10,
  hops: 10,
  timeoutMs: 24 * 3_600_000,
  deadlineMs: 30 * 24 * 3_600_000,
  leaseMs: { min: 1_000, max: 3_600_000 },
  expiresMs: 30 * 24 * 3_600_000,
} as const;

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `6s`, `2m`, `1h` → milliseconds; undefined when it is no duration. */
export function durationMs(duration: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(duration);
  return match ? Number(match[1]) * UNITS[match[2]!]! : undefined;
}

/** A duration like `500ms`, `6s`, `2m`, `1h` within bounds. */
const duration = (min: number, max: number) =>
  z.string().superRefine((value, context) => {
    const ms = durationMs(value);
    if (ms === undefined) {
      context.addIssue({
        code: 'custom',
        message: `a duration is a whole number with ms, s, m, h or d, for example 30s`,
      });
    } else if (ms < min || ms > max) {
      context.addIssue({ code: 'custom', message: `a duration from ${min} ms to ${max} ms is allowed here` });
    }
  });

/** Ids in a file stay usable as parts of paths, subjects and template references. */
const NodeId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/);
const Title = z.string().min(1).max(200);
const Needs = z.array(NodeId).max(WORKFLOW_LIMITS.needsPerTask);

/** Where a command leaves what it produces. */
const WorkspacePath = z
  .string()
  .max(500)
  .regex(/^(?!(uses|\.agencyos)(\/|$))(?!\.{1,2}(\/|$))[^/\\\0]+(\/(?!\.{1,2}(\/|$))[^/\\\0]+)*$/, {
    error: 'a path inside the workspace, like out/notes.md: not absolute, without "..", not below uses',
  });

const InputField = z.strictObject({
  type: z.enum(['string', 'number', 'boolean', 'object', 'list']),
  description: z.string().max(500).optional(),
  required: z.boolean().optional(),
  default: z.unknown().optional(),
});

const CommandNode = z.strictObject({
  id: NodeId,
  title: Title.optional(),
  role: Slug,
  needs: Needs.optional(),
  /** Arguments of a process, literally: no shell ever reads them. */
  run: z.array(z.string().max(WORKFLOW_LIMITS.argumentCharacters)).min(1).max(WORKFLOW_LIMITS.arguments).optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/), z.string().max(2_000)).optional(),
  /** Of those that the worker's owner lists for the role, by its name: what the command runs in. */
  image: Slug.optional(),
  input: z.unknown().optional(),
  /** Files and folders to keep when it has succeeded: name, and path in the workspace. */
  produces: z
    .record(FileName, WorkspacePath)
    .refine((files) => Object.keys(files).length <= WORKFLOW_LIMITS.filesPerTask, {
      error: `at most ${WORKFLOW_LIMITS.filesPerTask} files and folders`,
    })
    .optional(),
  /** What earlier tasks have produced, each as `<task>.<name>`: in the workspace, read-only, as `uses/<name>`. */
  uses: z
    .array(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
        error: 'a file of an earlier task, as <task>.<name>',
      }),
    )
    .max(WORKFLOW_LIMITS.filesPerTask)
    .optional(),
  lease: duration(WORKFLOW_LIMITS.leaseMs.min, WORKFLOW_LIMITS.leaseMs.max).optional(),
  timeout: duration(1, WORKFLOW_LIMITS.timeoutMs).optional(),
  /** How long an attempt may wait for a worker. */
  startWithin: duration(1, WORKFLOW_LIMITS.timeoutMs).optional(),
  retries: z.int().min(0).max(WORKFLOW_LIMITS.retries).optional(),
  /** Pause before the first retry; doubles each time. */
  backoff: duration(1, 3_600_000).optional(),
  priority: z.int().min(0).max(9).optional(),
  handoff: z
    .strictObject({
      to: z.array(Slug).min(1).max(20),
      hops: z.int().min(1).max(WORKFLOW_LIMITS.hops).optional(),
    })
    .optional(),
  /** The gate that guards it. */
  after: NodeId.optional(),
});

const GateNode = z.strictObject({
  id: NodeId,
  title: Title.optional(),
  needs: Needs.optional(),
  gate: z.strictObject({
    action: z.strictObject({
      kind: Slug,
      target: z.string().min(1).max(500),
      parameters: z.unknown().optional(),
      artifacts: z.array(Digest).max(100).optional(),
    }),
    policy: Slug.optional(),
    brief: z.string().max(4_000).optional(),
    expires: duration(1_000, WORKFLOW_LIMITS.expiresMs).optional(),
  }),
});

/** One node of a workflow file: something an agent does, or a gate that people open. */
export const WorkflowNode = z.union([CommandNode, GateNode]);
export { CommandNode, GateNode };

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
