import { refusal } from '../core/refusals.js';

export const alreadyDecided = refusal('already_decided', 409, 'It was decided before; `outcome` says how.', 'outcome');
export const alreadyVoted = refusal('already_voted', 409, 'The voter has voted on it before.');
export const expired = refusal('expired', 409, 'Its time has passed, at `since`.', 'since');
export const excluded = refusal('excluded', 403, 'The policy excludes the voter, who is behind the work.');
export const selfApproval = refusal('self_approval', 403, 'Who asked for it may not decide it.');
export const notEligible = refusal('not_eligible', 403, 'The policy asks somebody else; `of` says whom.', 'of');
export const stepUpRequired = refusal(
  'step_up_required',
  403,
  'The voter has to prove once more who they are.',
  'needed',
  'proved',
);
export const notGranted = refusal('not_granted', 409, 'It is not decided yet.');
export const alreadyRedeemed = refusal('already_redeemed', 409, 'It was used before, and once is all that it allows.');
export const redeemerMismatch = refusal(
  'redeemer_mismatch',
  403,
  'It was granted to another, or for another use.',
  'requester',
  'origin',
);
export const otherDigest = refusal('invalid', 422, 'The digest is not that of the rules, which is `present`.', 'present');
export const noEligibleApprover = refusal(
  'no_eligible_approver',
  422,
  'Too few people may vote, so it could never be decided.',
  'stage',
  'need',
);
