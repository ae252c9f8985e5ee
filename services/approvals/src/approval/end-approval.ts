import type { ApprovalEvent } from '@agencyos/contracts';
import { type Refusable, rejection } from '@agencyos/decider';
import { alreadyDecided, type Approval, hasPassed, type Of, requireRequested } from './approval.js';
import { isService } from './request-approval.js';

/** Fired by a timer, at whatever time it gets to it: `now` and the state decide. One that is early comes again. */
export function expireApproval(command: Of<'ExpireApproval'>, approval: Approval): ApprovalEvent[] {
  const { data, metadata } = command;
  const { origin, expiresAt } = requireRequested(command, approval);
  const unused = approval.state === 'granted';
  const due = unused ? approval.validUntilAt : approval.state === 'open' ? expiresAt : undefined;
  if (due === undefined) return [];
  if (!hasPassed(due, metadata.now))
    throw rejection(command, 'not_due', { retryAt: due, detail: 'Its time has not passed yet.' });
  return [{ type: 'ApprovalExpired', data: { approvalId: data.approvalId, origin, unused } }];
}

/** The requester gave up. */
export function withdrawApproval(command: Of<'WithdrawApproval'>, approval: Approval): ApprovalEvent[] {
  const { data, metadata } = command;
  const { origin, requester } = requireRequested(command, approval);
  if (!isService(metadata) && metadata.actor !== requester) {
    throw rejection(command, 'forbidden', { detail: 'Only who asked can withdraw it.' });
  }
  if (approval.state === 'withdrawn') return [];
  if (approval.state !== 'open') requireUnused(command, approval);
  return [{ type: 'ApprovalWithdrawn', data: { ...data, origin } }];
}

/** A grant is taken back before it was used. */
export function revokeApproval(command: Of<'RevokeApproval'>, approval: Approval): ApprovalEvent[] {
  const { data, metadata } = command;
  const { origin } = requireRequested(command, approval);
  if (!metadata.actor.startsWith('user:')) throw rejection(command, 'forbidden', { detail: 'Only people revoke a grant.' });
  if (approval.state === 'revoked') return [];
  if (approval.state === 'open') throw rejection(command, 'not_granted', { detail: 'It is not decided yet: reject it.' });
  requireUnused(command, approval);
  return [{ type: 'ApprovalRevoked', data: { ...data, origin } }];
}

function requireUnused(command: Refusable<'already_redeemed' | 'already_decided'>, approval: Approval): void {
  if (approval.state === 'redeemed') throw rejection(command, 'already_redeemed', { detail: 'It was used already.' });
  if (approval.state !== 'granted') throw alreadyDecided(command, approval);
}
