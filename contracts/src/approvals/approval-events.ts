import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Digest, Id, Int, Principal, Slug, Text, Time } from '../core/scalars.js';
import { Action, Json } from '../core/types.js';
import { ApprovalOrigin, Escalation, Exclusion, Risk, Stage, StepUp } from './types.js';

const approval = { approvalId: Id };
const withdrawn = z.object({ ...approval, origin: ApprovalOrigin, reason: Text });

export const approvalEvents = defineEvents(
  'approvals',
  'approval',
  {
    /** The policy is pinned by value: a later version changes nothing here. */
    ApprovalRequested: z.object({
      ...approval,
      action: Action,
      actionDigest: Digest,
      requester: Principal,
      /** All who may not vote beside the requester. */
      excluded: z.array(Principal),
      /** Which of them the policy excludes, and why, as the log told when it was asked. */
      exclusions: z.array(Exclusion).optional(),
      origin: ApprovalOrigin,
      policyId: Slug,
      policyVersion: Int,
      risk: Risk,
      stages: z.array(Stage),
      stepUp: StepUp,
      brief: Json,
      expiresAt: Time,
      validForMs: Int,
      escalation: z.array(Escalation),
      escalateAt: Time.optional(),
      replacesId: Id.optional(),
    }),
    ApprovalVoteCast: z.object({
      ...approval,
      voter: Principal,
      vote: z.enum(['approve', 'reject']),
      stage: Int,
      actionDigest: Digest,
      reason: Text.optional(),
      stepUp: StepUp,
      forUserId: Id.optional(),
      batchId: Id.optional(),
    }),
    ApprovalGranted: z.object({
      ...approval,
      grantedBy: z.enum(['votes', 'standing', 'break_glass']),
      standingId: Id.optional(),
      actionDigest: Digest,
      origin: ApprovalOrigin,
      validUntilAt: Time,
    }),
    ApprovalRejected: z.object({ ...approval, origin: ApprovalOrigin, reason: Text.optional() }),
    ApprovalRedeemed: z.object({
      ...approval,
      actionDigest: Digest,
      redeemer: Principal,
      usedBy: ApprovalOrigin,
      validUntilAt: Time,
    }),
    /** `unused`: granted, but not redeemed in time; else it was never decided. */
    ApprovalExpired: z.object({ ...approval, origin: ApprovalOrigin, unused: z.boolean() }),
    ApprovalWithdrawn: withdrawn,
    ApprovalRevoked: withdrawn,
  },
  { versions: { ApprovalRequested: 2 } },
);

export type ApprovalEvent = EventOf<typeof approvalEvents>;
