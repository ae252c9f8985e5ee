import type { ApprovalEvent, Exclusion, Stage, StepUp } from '@agencyos/contracts';
import { rejection } from '@agencyos/decider';
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
export function voteOnApproval(command: Of<'VoteOnApproval'>, approval: Approval): ApprovalEvent[] {
  const { data, metadata } = command;
  const requested = requireRequested(command, approval);
  if (approval.state !== 'open') throw alreadyDecided(command, approval);
  if (hasPassed(requested.expiresAt, metadata.now)) throw expired(command, requested.expiresAt);
  const stage = requested.stages[presentStage - 1] as Stage;
  requireEligible(command, requested, stage);
  if (data.forUserId !== undefined) {
    const detail = 'Nobody votes for someone else here.';
    throw rejection(command, 'not_eligible', { field: 'forUserId', detail });
  }
  if (data.actionDigest !== requested.actionDigest) throw digestMismatch(command, requested.actionDigest);
  requireStepUp(command, requested.stepUp);
  if (approval.votes.some(({ voter }) => voter === metadata.actor)) {
    throw rejection(command, 'already_voted', { detail: 'You have voted on it before.' });
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
    return [cast, { type: 'ApprovalRejected', data: { approvalId, origin, ...(reason !== undefined && { reason }) } }];
  }
  if (approvalsIn(approval, presentStage) + 1 < stage.need) return [cast];
  const validUntilAt = later(metadata.now, requested.validForMs);
  return [cast, { type: 'ApprovalGranted', data: { approvalId, grantedBy: 'votes', actionDigest, origin, validUntilAt } }];
}

const EXCLUDED_AS: Record<Exclusion['as'], string> = {
  run_starter: 'you started the run',
  agent_owner: 'you own an agent that worked on it or asked for it',
};

/** Four eyes: a person of the stage, neither who asked nor anyone excluded. */
function requireEligible(
  command: Of<'VoteOnApproval'>,
  { requester, excluded, exclusions = [] }: Requested,
  { of }: Stage,
): void {
  const { actor, roles } = command.metadata;
  const why = exclusions.flatMap(({ principal, as }) => (principal === actor ? [EXCLUDED_AS[as]] : []));
  if (why.length > 0) {
    const detail = `The policy excludes you: ${why.join(', and ')}. Somebody else has to decide.`;
    throw rejection(command, 'excluded', { detail });
  }
  if (actor === requester || excluded.includes(actor)) {
    throw rejection(command, 'self_approval', { detail: 'Who asked, or is behind it, may not decide.' });
  }
  const eligible = actor.startsWith('user:') && (of.includes(actor) || roles.some((role) => of.includes(`role:${role}`)));
  if (!eligible) throw rejection(command, 'not_eligible', { of, detail: 'The policy asks someone else.' });
}

/** What was proved counts, not what is claimed. */
function requireStepUp(command: Of<'VoteOnApproval'>, needed: StepUp): void {
  const proved = command.metadata.stepUp;
  const least = Math.max(STRENGTH[needed], STRENGTH[command.data.stepUp]);
  if (STRENGTH[proved] >= least) return;
  throw rejection(command, 'step_up_required', { needed, proved, detail: 'Prove once more that it is you.' });
}
