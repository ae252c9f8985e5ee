import { text, type ApprovalEvent, type Fact } from '@agencyos/contracts';
import type { TimerOp, Timers } from '@agencyos/runtime';

/** An undecided approval and an unused grant end by time; `ExpireApproval` records it. */
export const approvalTimers: Timers = {
  name: 'approval-timers',
  categories: ['approval'],
  refuse: ({ data: { approvalId } }, reason) => ({ type: 'WithdrawApproval', data: { approvalId, reason: text(reason) } }),
  on(fact: Fact) {
    const { type, data } = fact as Fact & ApprovalEvent;
    const { approvalId } = data;
    const due = (kind: 'expiry' | 'validity', dueAt: string): TimerOp => ({
      set: { kind, key: approvalId, dueAt, command: { type: 'ExpireApproval', data: { approvalId } } },
    });
    const over = (kind: 'expiry' | 'validity'): TimerOp => ({ cancel: { kind, key: approvalId } });
    switch (type) {
      case 'ApprovalRequested':
        return [due('expiry', data.expiresAt)];
      case 'ApprovalGranted':
        return [over('expiry'), due('validity', data.validUntilAt)];
      case 'ApprovalVoteCast':
        return [];
      default:
        return [over('expiry'), over('validity')];
    }
  },
};
