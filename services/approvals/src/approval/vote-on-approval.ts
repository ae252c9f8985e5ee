import type { ApprovalEvent, Exclusion, Stage, StepUp } from '@agencyos/contracts';
import { type CommandMetadata, Rejection } from '@agencyos/decider';
import {
  alreadyDecided,
  type Approval,
  approvalsIn,
  digestMismatch,
  expired,
  hasPassed,
  type Of,
  presentStage,
  type Requested,
  requireRequested,
} from './approval.js';
import { later } from './request-approval.js';

const STRENGTH: Record<StepUp, number> = { none: 0, totp: 1, passkey: 2 };

/** One person, one vote. A rejection decides at once, approvals when the stage has as many as it needs. */
export function voteOnApproval(
  { data, metadata }: Of<'VoteOnApproval'>,
  approval: Approval,
): ApprovalEvent[] {
  const requested = requireRequested(approval);
  if (approval.state !== 'open') throw alreadyDecided(approval);
  if (hasPassed(requested.expiresAt, metadata.now)) throw expired(requested.expiresAt);
  const stage = requested.stages[presentStage - 1] as Stage;
  requireEligible(metadata, requested, stage);
  if (data.forUserId !== undefined) {
    throw new Rejection(
      'not_eligible',
      { field: 'forUserId', detail: 'Nobody votes for someone else here.' },
      403,
    );
  }
  if (data.actionDigest !== requested.actionDigest) throw digestMismatch(requested.actionDigest);
  requireStepUp(requested.stepUp, data.stepUp, metadata.stepUp);
  if (approval.votes.some(({ voter }) => voter === metadata.actor)) {
    throw new Rejection('already_voted', { detail: 'You have voted on it before.' });
  }
  const { approvalId, vote, actionDigest, reason, batchId } = data;
  const { origin } = requested;
  const cast: ApprovalEvent = {
    type: 'ApprovalVoteCast',
    data: {
      approvalId,
      voter: metadata.actor,
      vote,
      stage: presentStage,
      actionDigest,
      stepUp: metadata.stepUp,
      ...(reason !== undefined && { reason }),
      ...(batchId !== undefined && { batchId }),
    },
  };
  if (vote === 'reject') {
    return [
      cast,
      { type: 'ApprovalRejected', data: { approvalId, origin, ...(reason !== undefined && { reason }) } },
    ];
  }
  if (approvalsIn(approval, presentStage) + 1 < stage.need) return [cast];
  const validUntilAt = later(metadata.now, requested.validForMs);
  return [
    cast,
    { type: 'ApprovalGranted', data: { approvalId, grantedBy: 'votes', actionDigest, origin, validUntilAt } },
  ];
}

const EXCLUDED_AS: Record<Exclusion['as'], string> = {
  run_starter: 'you started the run',
  agent_owner: 'you own an agent that worked on it or asked for it',
};

/** Four eyes: a person of the stage, neither who asked nor anyone excluded. */
function requireEligible(
  metadata: CommandMetadata,
  { requester, excluded, exclusions = [] }: Requested,
  { of }: Stage,
): void {
  const { actor, roles } = metadata;
  const why = exclusions.flatMap(({ principal, as }) => (principal === actor ? [EXCLUDED_AS[as]] : []));
  if (why.length > 0) {
    const detail = `The policy excludes you: ${why.join(', and ')}. Somebody else has to decide.`;
    throw new Rejection('excluded', { detail }, 403);
  }
  if (actor === requester || excluded.includes(actor)) {
    throw new Rejection('self_approval', { detail: 'Who asked, or is behind it, may not decide.' }, 403);
  }
  const eligible =
    actor.startsWith('user:') && (of.includes(actor) || roles.some((role) => of.includes(`role:${role}`)));
  if (!eligible) throw new Rejection('not_eligible', { of, detail: 'The policy asks someone else.' }, 403);
}

/** What was proved counts, not what is claimed. */
function requireStepUp(needed: StepUp, claimed: StepUp, proved: StepUp): void {
  const least = Math.max(STRENGTH[needed], STRENGTH[claimed]);
  if (STRENGTH[proved] >= least) return;
  throw new Rejection('step_up_required', { needed, proved, detail: 'Prove once more that it is you.' }, 403);
}
