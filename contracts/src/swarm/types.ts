import { z } from 'zod';
import { Id, Int, Slug, TaskId, Text } from '../core/scalars.js';
import { Json } from '../core/types.js';

export const Money = z.object({ currency: z.string(), micros: Int });
export const Usage = z.object({
  inputTokens: Int,
  outputTokens: Int,
  cachedTokens: Int,
  cost: Money.optional(),
  activeMs: Int,
});
export const Budget = z.object({ cost: Money.optional(), tokens: Int.optional(), activeMs: Int.optional() });
/** One attempt of one task. */
export const AttemptRef = z.object({ runId: Id, taskId: TaskId, attempt: Int });
/** Why a run began. */
export const Cause = z.object({
  kind: z.enum(['manual', 'trigger', 'card', 'rule', 'incident', 'subflow', 'continued', 'forked', 'setup']),
  id: z.string().optional(),
});
export const PlannedTask = z.object({
  taskId: TaskId,
  nodeId: z.string(),
  kind: z.enum(['task', 'gate', 'decision', 'wait', 'choice', 'map', 'loop', 'subflow', 'emit', 'sequence', 'parallel']),
  title: Text,
  role: Slug.optional(),
  needs: z.array(TaskId),
  within: TaskId.optional(),
  card: z.boolean(),
});
export const Resume = z.object({
  kind: z.enum(['question', 'gate', 'handoff', 'release']),
  id: z.string(),
  value: Json.optional(),
});

export type Usage = z.infer<typeof Usage>;
export type Budget = z.infer<typeof Budget>;
export type AttemptRef = z.infer<typeof AttemptRef>;
export type Cause = z.infer<typeof Cause>;
export type PlannedTask = z.infer<typeof PlannedTask>;
export type Resume = z.infer<typeof Resume>;
