import { z } from 'zod';
import { Category, Digest, Id, Int, Principal, Rank, type Role, Slug, TaskId, Text } from './scalars.js';

/** A reference to bytes in the content store. */
export const Content = z.object({ digest: Digest, bytes: Int, mediaType: z.string(), name: z.string().optional() });
export const Json = z.union([z.object({ value: z.unknown() }), z.object({ content: Content })]);
export const Body = z.union([z.object({ text: Text }), z.object({ content: Content })]);
export const Money = z.object({ currency: z.string(), micros: Int });
export const Usage = z.object({
  inputTokens: Int,
  outputTokens: Int,
  cachedTokens: Int,
  cost: Money.optional(),
  activeMs: Int,
});
export const Budget = z.object({ cost: Money.optional(), tokens: Int.optional(), activeMs: Int.optional() });
export const Fault = z.object({ code: z.string(), message: Text, retryable: z.boolean() });
export const Column = z.object({
  columnId: Id,
  name: Text,
  category: Category,
  rank: Rank,
  wipLimit: Int.optional(),
  wipMode: z.enum(['hard', 'warn']),
  perLane: z.boolean(),
  color: z.string().optional(),
  policy: Text.optional(),
  autoArchiveMs: Int.optional(),
});
export const Link = z.object({
  kind: z.enum(['run', 'task', 'approval', 'decision', 'incident', 'card', 'url']),
  id: z.string().optional(),
  url: z.string().optional(),
  title: Text.optional(),
});
export const Source = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('task'), runId: Id, taskId: TaskId }),
  z.object({ kind: z.literal('run'), runId: Id }),
  z.object({ kind: z.literal('incident'), incidentId: Id }),
]);
export const Holder = z.object({ runId: Id, taskId: TaskId, attempt: Int });
export const Cause = z.object({
  kind: z.enum(['manual', 'trigger', 'card', 'rule', 'incident', 'subflow', 'continued', 'forked', 'setup']),
  id: z.string().optional(),
});
export const NewCard = z.object({
  cardId: Id,
  title: Text,
  priority: z.enum(['urgent', 'high', 'normal', 'low']),
  labels: z.array(z.string()),
  assignees: z.array(Principal),
  laneId: z.string().optional(),
  dueAt: z.string().optional(),
  estimate: z.number().optional(),
  parentId: Id.optional(),
  color: z.string().optional(),
  source: Source.optional(),
  fields: z.record(Slug, z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export const CardChanges = z
  .object({
    title: Text,
    priority: NewCard.shape.priority,
    labels: z.array(z.string()),
    laneId: z.string().nullable(),
    dueAt: z.string().nullable(),
    estimate: z.number().nullable(),
    parentId: Id.nullable(),
    color: z.string().nullable(),
    fields: z.record(Slug, z.union([z.string(), z.number(), z.boolean()])).nullable(),
  })
  .partial();
export const Planned = z.object({
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
/** What an approval is about; its digest is the SHA-256 of the RFC 8785 form. */
export const Action = z.object({ kind: Slug, target: z.string(), parameters: Json, artifacts: z.array(Digest) });
export const Stage = z.object({ of: z.array(Principal), need: Int });
export const Origin = z.object({
  kind: z.enum(['run', 'repair', 'incident', 'drill', 'card', 'break_glass', 'external']),
  id: z.string(),
  taskId: TaskId.optional(),
  questionId: Id.optional(),
});
export const Escalation = z.object({ afterMs: Int, to: z.array(Principal) });
/** Why a policy lets somebody not vote, beside asking for it. */
export const ExcludedAs = z.enum(['agent_owner', 'run_starter']);
export const Exclusion = z.object({ principal: Principal, as: ExcludedAs });
export type Exclusion = z.infer<typeof Exclusion>;
export const PolicyRules = z.object({
  kinds: z.array(Slug),
  targets: z.array(z.string()),
  risk: z.enum(['low', 'medium', 'high', 'critical']),
  stages: z.array(Stage),
  alsoExclude: z.array(ExcludedAs),
  stepUp: z.enum(['none', 'totp', 'passkey']),
  expiresInMs: Int,
  validForMs: Int,
  escalation: z.array(Escalation),
  fallback: z.array(Principal),
  breakGlass: z.array(Principal),
});
export const Step = z.object({
  stepId: Slug,
  act: Slug,
  parameters: Json,
  timeoutMs: Int,
  onFailure: z.enum(['next', 'stop']),
});
export const Guardrails = z.object({
  perHour: Int,
  perDay: Int,
  cooldownMs: Int,
  maxParallel: Int,
  minHealthyRatio: z.number(),
  requireCertificate: z.boolean(),
});

export type Content = z.infer<typeof Content>;
export type Json = z.infer<typeof Json>;
export type Body = z.infer<typeof Body>;
export type Usage = z.infer<typeof Usage>;
export type Budget = z.infer<typeof Budget>;
export type Fault = z.infer<typeof Fault>;
export type Column = z.infer<typeof Column>;
export type Link = z.infer<typeof Link>;
export type Source = z.infer<typeof Source>;
export type Holder = z.infer<typeof Holder>;
export type Cause = z.infer<typeof Cause>;
export type NewCard = z.infer<typeof NewCard>;
export type CardChanges = z.infer<typeof CardChanges>;
export type Planned = z.infer<typeof Planned>;
export type Resume = z.infer<typeof Resume>;
export type Action = z.infer<typeof Action>;
export type Stage = z.infer<typeof Stage>;
export type Origin = z.infer<typeof Origin>;
export type PolicyRules = z.infer<typeof PolicyRules>;
export type Step = z.infer<typeof Step>;
export type Guardrails = z.infer<typeof Guardrails>;
export type RoleName = z.infer<typeof Role>;
