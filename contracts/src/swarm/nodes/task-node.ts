import { z } from 'zod';
import { Slug } from '../../core/scalars.js';
import { FileName } from '../worker-protocol.js';
import { duration, NodeId, nodeFields, WORKFLOW_LIMITS } from './node-fields.js';

/** Where a command leaves what it produces. */
const WorkspacePath = z
  .string()
  .max(500)
  .regex(/^(?!(uses|\.agencyos)(\/|$))(?!\.{1,2}(\/|$))[^/\\\0]+(\/(?!\.{1,2}(\/|$))[^/\\\0]+)*$/, {
    error: 'a path inside the workspace, like out/notes.md: not absolute, without "..", not below uses',
  });

/** Something an agent does. */
export const TaskNode = z.strictObject({
  ...nodeFields,
  role: Slug,
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
