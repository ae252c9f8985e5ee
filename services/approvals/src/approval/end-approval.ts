import type { ApprovalEvent } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { alreadyDecided, type Approval, hasPassed, type Of, requireRequested } from './approval.js';
import { isService } from './request-approval.js';

/** Fired by a timer, at whatever time it gets to it: `now` and the state decide. One that is early comes again. */
export function expireApproval(
  { data, metadata }: Of<'ExpireApproval'>,
  approval: Approval,
): ApprovalEvent[] {
  const { origin, expiresAt } = requireRequested(approval);
  const unused = approval.state === 'granted';
  const due = unused ? approval.validUntilAt : approval.state === 'open' ? expiresAt : undefined;
  if (due === undefined) return [];
  if (!hasPassed(due, metadata.now)) throw new Rejection('not_due', { retryAt: due, detail: 'Its time has not passed yet.' });
  return [{ type: 'ApprovalExpired', data: { approvalId: data.approvalId, origin, unused } }];
}

/** The requester gave up. */
export function withdrawApproval(
  { data, metadata }: Of<'WithdrawApproval'>,
  approval: Approval,
): ApprovalEvent[] {
  const { origin, requester } = requireRequested(approval);
  if (!isService(metadata) && metadata.actor !== requester) {
    throw new Rejection('forbidden', { detail: 'Only who asked can withdraw it.' });
  }
  if (approval.state === 'withdrawn') return [];
  if (approval.state !== 'open') requireUnused(approval);
  return [{ type: 'ApprovalWithdrawn', data: { ...data, origin } }];
}

/** A grant is taken back before it was used. */
export function revokeApproval(
  { data, metadata }: Of<'RevokeApproval'>,
  approval: Approval,
): ApprovalEvent[] {
  const { origin } = requireRequested(approval);
  if (!metadata.actor.startsWith('user:'))
    throw new Rejection('forbidden', { detail: 'Only people revoke a grant.' });
  if (approval.state === 'revoked') return [];
  if (approval.state === 'open')
    throw new Rejection('not_granted', { detail: 'It is not decided yet: reject it.' });
  requireUnused(approval);
  return [{ type: 'ApprovalRevoked', data: { ...data, origin } }];
}

function requireUnused(approval: Approval): void {
  if (approval.state === 'redeemed')
    throw new Rejection('already_redeemed', { detail: 'It was used already.' });
  if (approval.state !== 'granted') throw alreadyDecided(approval);
}
