import { z } from 'zod';
import { Id, Int, Principal, Slug, TaskId } from '../core/scalars.js';

export const Risk = z.enum(['low', 'medium', 'high', 'critical']);
export const StepUp = z.enum(['none', 'totp', 'passkey']);
export const Stage = z.object({ of: z.array(Principal), need: Int });
/** What an approval was asked for. */
export const ApprovalOrigin = z.object({
  kind: z.enum(['run', 'repair', 'incident', 'drill', 'card', 'break_glass', 'external']),
  id: z.string(),
  taskId: TaskId.optional(),
  questionId: Id.optional(),
});
export const Escalation = z.object({ afterMs: Int, to: z.array(Principal) });
/** Why a policy lets somebody not vote, beside asking for it. */
export const ExcludedAs = z.enum(['agent_owner', 'run_starter']);
export const Exclusion = z.object({ principal: Principal, as: ExcludedAs });
export const PolicyRules = z.object({
  kinds: z.array(Slug),
  targets: z.array(z.string()),
  risk: Risk,
  stages: z.array(Stage),
  alsoExclude: z.array(ExcludedAs),
  stepUp: StepUp,
  expiresInMs: Int,
  validForMs: Int,
  escalation: z.array(Escalation),
  fallback: z.array(Principal),
  breakGlass: z.array(Principal),
});

export type Risk = z.infer<typeof Risk>;
export type StepUp = z.infer<typeof StepUp>;
export type Stage = z.infer<typeof Stage>;
export type ApprovalOrigin = z.infer<typeof ApprovalOrigin>;
export type Exclusion = z.infer<typeof Exclusion>;
export type PolicyRules = z.infer<typeof PolicyRules>;
