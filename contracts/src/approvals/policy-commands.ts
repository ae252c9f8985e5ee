import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { limitedList, limitedString } from '../core/limited.js';
import { notFound } from '../core/refusals.js';
import { Digest, Principal, Slug } from '../core/scalars.js';
import { noEligibleApprover, otherDigest } from './refusals.js';
import { Escalation, ExcludedAs, Risk, StepUp } from './types.js';

const DAY_MS = 86_400_000;

const rules = z.strictObject({
  kinds: limitedList(Slug, 50).min(1),
  /** Exact targets or patterns in which `*` stands for anything. */
  targets: limitedList(limitedString(500), 50).min(1),
  risk: Risk,
  /** One stage so far: a second one needs `ApprovalStagePassed`. */
  stages: z.array(z.strictObject({ of: limitedList(Principal, 50).min(1), need: z.int().min(1).max(20) })).length(1),
  /** Beside the requester: owners of the agents that worked on the run, or asked, and whoever started the run. */
  alsoExclude: z.array(ExcludedAs).max(ExcludedAs.options.length),
  stepUp: StepUp.refine((value) => value === 'none', {
    error: 'must be none: nobody can prove themselves by a second factor or a passkey yet, so nobody could approve',
  }),
  expiresInMs: z
    .int()
    .min(1_000)
    .max(365 * DAY_MS),
  validForMs: z
    .int()
    .min(1_000)
    .max(30 * DAY_MS),
  /** Empty until approvals escalate; likewise the two below. */
  escalation: z.array(Escalation).max(0),
  fallback: z.array(Principal).max(0),
  breakGlass: z.array(Principal).max(0),
});

export const policyCommands = defineCommands('approvals', 'policy', 'policyId', {
  PublishPolicy: {
    permission: ['approval:admin'],
    services: ['approvals'],
    refusals: [otherDigest, noEligibleApprover],
    /** `digest` = SHA-256 of the rules' RFC 8785 form. */
    data: z.strictObject({ policyId: Slug, rules, digest: Digest }),
  },
  ActivatePolicy: {
    permission: ['approval:admin'],
    services: ['approvals'],
    refusals: [notFound],
    data: z.strictObject({ policyId: Slug, version: z.int().min(1) }),
  },
});

export type PolicyCommand = CommandOf<typeof policyCommands>;
