import type { ApprovalEvent, ApprovalOrigin } from '@agencyos/contracts';
import { rejection } from '@agencyos/decider';
import { alreadyDecided, type Approval, digestMismatch, expired, hasPassed, type Of, requireRequested } from './approval.js';
import { isService } from './request-approval.js';

/** Single use: whoever executes the action redeems first, then acts. */
export function redeemApproval(command: Of<'RedeemApproval'>, approval: Approval): ApprovalEvent[] {
  const { data, metadata } = command;
  const { requester, origin, actionDigest, expiresAt } = requireRequested(command, approval);
  const { redeemer, usedBy, approvalId } = data;
  const entitled = metadata.actor === redeemer && (redeemer === requester || isService(metadata));
  if (!entitled || !sameUse(usedBy, origin)) {
    const detail = 'It was asked for by and for another.';
    throw rejection(command, 'redeemer_mismatch', { requester, origin, detail });
  }
  switch (approval.state) {
    case 'granted':
      break;
    case 'open':
      if (hasPassed(expiresAt, metadata.now)) throw expired(command, expiresAt);
      throw rejection(command, 'not_granted', { detail: 'It is not decided yet.' });
    case 'redeemed':
      throw rejection(command, 'already_redeemed', { detail: 'It was used before, and only once is allowed.' });
    default:
      throw alreadyDecided(command, approval);
  }
  const validUntilAt = approval.validUntilAt as string;
  if (hasPassed(validUntilAt, metadata.now)) throw expired(command, validUntilAt);
  if (data.actionDigest !== actionDigest) throw digestMismatch(command, actionDigest);
  return [{ type: 'ApprovalRedeemed', data: { approvalId, actionDigest, redeemer, usedBy, validUntilAt } }];
}

/** The guarded task may be another than the gate's, the run may not. */
const sameUse = (usedBy: ApprovalOrigin, origin: ApprovalOrigin): boolean =>
  usedBy.kind === origin.kind && usedBy.id === origin.id;
