import { z } from 'zod';
import { Id, Int, Principal, Slug, TaskId } from '../core/scalars.js';
import { Content, Json } from '../core/types.js';
import { AttemptRef, Resume, Usage } from './types.js';

/*
 * What swarm and a worker say to each other beside commands. None of it is an event: offers are hints (the lease
 * is the fact), heartbeats are rows, progress is gone when it has been shown.
 */

/** Message on `agencyos.task.<role>`: what `TaskScheduled` said, so that whoever gets the lease can start at once. */
export const TaskOffer = AttemptRef.extend({
  role: Slug,
  input: Json,
  priority: z.int(),
  leaseMs: Int,
  timeoutMs: Int,
  resume: Resume.optional(),
  /** The approval that it is guarded by: only what was approved may run. */
  approvalId: Id.optional(),
});
export type TaskOffer = z.infer<typeof TaskOffer>;

/** Request on `agencyos.hb.agent.<agentId>`, also without leases: it says that the process lives. */
export const AgentHeartbeat = z.object({
  agentId: Slug,
  instanceId: z.string(),
  leases: z.array(AttemptRef.extend({ usage: Usage.optional() })),
  /** The last one of this process, which ends as it was told to: nobody shall miss it. */
  leaving: z.boolean().optional(),
});
export type AgentHeartbeat = z.infer<typeof AgentHeartbeat>;

/** Answer: the leases that were renewed, and the attempts to stop. Whatever is in neither list was not renewed. */
export const HeartbeatAnswer = z.object({
  leases: z.array(AttemptRef.extend({ untilMs: z.number() })),
  stop: z.array(AttemptRef),
});
export type HeartbeatAnswer = z.infer<typeof HeartbeatAnswer>;

/** Message on `agencyos.live.agent.<agentId>`: stop at once. */
export const StopOrder = z.object({ stop: AttemptRef.extend({ why: z.string() }) });
export type StopOrder = z.infer<typeof StopOrder>;

/** Message on `agencyos.live.task.<runId>.<sender>`: the holder lives, and its last log line or progress (0…1). */
export const TaskLive = z.object({
  taskId: TaskId,
  attempt: Int,
  at: z.string(),
  holder: Principal,
  line: z.string().optional(),
  progress: z.number().optional(),
});
export type TaskLive = z.infer<typeof TaskLive>;

/** Message on `agencyos.log.<runId>.<sender>`: consecutive lines of one attempt, `first` = number of the first, from 0. */
export const TaskLogBatch = z.object({
  taskId: TaskId,
  attempt: Int,
  at: z.string(),
  first: Int,
  lines: z.array(z.string()),
});
export type TaskLogBatch = z.infer<typeof TaskLogBatch>;

/** Name under which a task keeps a file or folder, and a later task finds it. */
export const FileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
  error: 'a name of letters, digits, dots, dashes and underscores',
});

/** Media type of a folder: a tar archive of its files, the same bytes for the same files. Anything else is one file. */
export const FOLDER_MEDIA_TYPE = 'application/x-tar';

/**
 * `TaskScheduled.input.value` of a command task: an argument vector (never a shell line), extra environment, and a
 * value that the command reads from the file named by `AGENCYOS_INPUT`.
 */
export const CommandInput = z.object({
  run: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string()).optional(),
  /** Name of an image that the worker's owner lists for the role. */
  image: Slug.optional(),
  input: z.unknown().optional(),
  /** Files and folders of earlier tasks by name: in the workspace, read-only, as `uses/<name>`. */
  uses: z.record(FileName, Content).optional(),
  /** Files and folders to keep when it has succeeded: name, and path in the workspace. */
  produces: z.record(FileName, z.string()).optional(),
});
export type CommandInput = z.infer<typeof CommandInput>;
