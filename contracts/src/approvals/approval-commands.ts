import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { LimitedJson, limitedList, limitedString, limitedText } from '../core/limited.js';
import { alreadyExists, digestMismatch, forbidden, noPolicy, notDue, notFound } from '../core/refusals.js';
import { Digest, Id, MintedId, Principal, Slug, TaskId } from '../core/scalars.js';
import {
  alreadyDecided,
  alreadyRedeemed,
  alreadyVoted,
  excluded,
  expired,
  noEligibleApprover,
  notEligible,
  notGranted,
  redeemerMismatch,
  selfApproval,
  stepUpRequired,
} from './refusals.js';
import { StepUp } from './types.js';

const approval = { approvalId: Id };
const action = z.strictObject({
  kind: Slug,
  target: limitedString(500),
  parameters: LimitedJson,
  artifacts: limitedList(Digest),
});
const origin = z.strictObject({
  kind: z.enum(['run', 'repair', 'incident', 'drill', 'card', 'break_glass', 'external']),
  id: limitedString(100),
  taskId: TaskId.optional(),
  questionId: Id.optional(),
});

export const approvalCommands = defineCommands('approvals', 'approval', 'approvalId', {
  RequestApproval: {
    permission: ['approval:request'],
    services: ['swarm', 'healer'],
    mints: ['approvalId'],
    refusals: [alreadyExists, forbidden, digestMismatch, noPolicy, noEligibleApprover],
    data: z.strictObject({
      approvalId: MintedId,
      action,
      /** SHA-256 of the action's RFC 8785 form; a grant is for exactly that. */
      actionDigest: Digest,
      /** From services only; for anyone else the requester is the sender, who is excluded with its owner. */
      requester: Principal.optional(),
      excluded: limitedList(Principal).optional(),
      origin: origin.describe('From outside `card` or `external`; the other kinds are for the service whose work it is.'),
      /** The policy to judge by; else the strictest active one for the action's kind and target. */
      policyId: Slug.optional(),
      brief: LimitedJson,
      /** Shorter than the policy's time; longer is cut to it. */
      expiresInMs: z.int().min(1_000).max(31_536_000_000).optional(),
      replacesId: Id.optional(),
    }),
  },
  VoteOnApproval: {
    permission: ['approval:vote'],
    refusals: [
      notFound,
      alreadyDecided,
      expired,
      excluded,
      selfApproval,
      notEligible,
      digestMismatch,
      stepUpRequired,
      alreadyVoted,
    ],
    data: z.strictObject({
      ...approval,
      vote: z.enum(['approve', 'reject']),
      /** The digest that the voter read. */
      actionDigest: Digest,
      reason: limitedText().optional(),
      stepUp: StepUp,
      forUserId: Id.optional(),
      batchId: Id.optional(),
    }),
  },
  RedeemApproval: {
    permission: ['approval:request'],
    services: ['swarm', 'healer'],
    refusals: [notFound, redeemerMismatch, expired, notGranted, alreadyRedeemed, alreadyDecided, digestMismatch],
    data: z.strictObject({ ...approval, actionDigest: Digest, redeemer: Principal, usedBy: origin }),
  },
  ExpireApproval: {
    permission: [],
    services: ['approvals'],
    refusals: [notFound, notDue],
    data: z.strictObject(approval),
  },
  WithdrawApproval: {
    permission: ['approval:request'],
    services: ['swarm', 'healer'],
    refusals: [notFound, forbidden, alreadyRedeemed, alreadyDecided],
    data: z.strictObject({ ...approval, reason: limitedText() }),
  },
  RevokeApproval: {
    permission: ['approval:vote'],
    refusals: [notFound, forbidden, notGranted, alreadyRedeemed, alreadyDecided],
    data: z.strictObject({ ...approval, reason: limitedText() }),
  },
});

export type ApprovalCommand = CommandOf<typeof approvalCommands>;
