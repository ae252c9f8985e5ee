import { z } from 'zod';
import { defineView, type RowOf } from '../core/define.js';
import { Digest, Id, Int, Principal, Slug, Text, Time } from '../core/scalars.js';
import { Action, Json } from '../core/types.js';
import { ApprovalOrigin, Exclusion, PolicyRules, Risk, Stage, StepUp } from './types.js';

export const ApprovalState = z.enum(['open', 'granted', 'redeemed', 'rejected', 'expired', 'revoked', 'withdrawn', 'superseded']);
export type ApprovalState = z.infer<typeof ApprovalState>;

export const inboxView = defineView({
  kind: 'inbox',
  context: 'approvals',
  permission: 'approval:read',
  id: 'all',
  rows: {
    approval: z.object({
      approvalId: Id,
      title: Text,
      kind: Slug,
      target: z.string(),
      risk: Risk,
      origin: ApprovalOrigin,
      requester: Principal,
      requestedAt: Time,
      expiresAt: Time,
      state: ApprovalState,
      /** Approving votes that the present stage needs, and has. */
      need: Int,
      approvals: Int,
      decidedAt: Time.optional(),
      outcome: ApprovalState.optional(),
    }),
  },
  window: {
    row: 'approval',
    filter: ['state', 'risk', 'kind', 'requester'],
    order: ['requestedAt', 'expiresAt', 'decidedAt'],
    text: ['title', 'target', 'approvalId'],
  },
});

export const approvalView = defineView({
  kind: 'approval',
  context: 'approvals',
  permission: 'approval:read',
  id: 'approvalId',
  rows: {
    approval: z.object({
      approvalId: Id,
      action: Action,
      actionDigest: Digest,
      requester: Principal,
      excluded: z.array(Principal),
      exclusions: z.array(Exclusion).optional(),
      origin: ApprovalOrigin,
      policyId: Slug,
      policyVersion: Int,
      risk: Risk,
      stages: z.array(Stage),
      stepUp: StepUp,
      brief: Json,
      requestedAt: Time,
      expiresAt: Time,
      validForMs: Int,
      validUntilAt: Time.optional(),
      state: ApprovalState,
      votes: z.array(
        z.object({
          voter: Principal,
          vote: z.enum(['approve', 'reject']),
          stage: Int,
          at: Time,
          reason: Text.optional(),
        }),
      ),
      decidedAt: Time.optional(),
      redeemedAt: Time.optional(),
      /** Why it was rejected, withdrawn or revoked. */
      reason: Text.optional(),
    }),
  },
});

export const policyView = defineView({
  kind: 'policy',
  context: 'approvals',
  permission: 'approval:read',
  id: 'all; a policyId for its versions',
  rows: {
    /** The latest version; `active` is the number of the active one, 0 when there is none. */
    policy: z.object({
      policyId: Slug,
      version: Int,
      active: Int,
      rules: PolicyRules,
      /** Rules of the active version when it is not the latest. */
      activeRules: PolicyRules.optional(),
    }),
    /** Under the policy's own id: the rules of each version, by its number. */
    version: PolicyRules,
  },
});

export type InboxRow = RowOf<typeof inboxView, 'approval'>;
export type ApprovalRow = RowOf<typeof approvalView, 'approval'>;
export type PolicyRow = RowOf<typeof policyView, 'policy'>;
