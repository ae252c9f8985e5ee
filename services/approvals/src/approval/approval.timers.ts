import { approvalEvents, text } from '@agencyos/contracts';
import { defineTimers, type TimerOp } from '@agencyos/runtime';

type Limit = 'expiry' | 'validity';

/** An undecided approval and an unused grant end by time; `ExpireApproval` records it. */
export const approvalTimers = defineTimers('approval-timers', [approvalEvents], {
  refuse: ({ data: { approvalId } }, reason) => ({
    type: 'WithdrawApproval',
    data: { approvalId, reason: text(reason) },
  }),
  on({ type, data }) {
    const { approvalId } = data;
    switch (type) {
      case 'ApprovalRequested':
        return [due('expiry', approvalId, data.expiresAt)];
      case 'ApprovalGranted':
        return [over('expiry', approvalId), due('validity', approvalId, data.validUntilAt)];
      case 'ApprovalVoteCast':
        return [];
      default:
        return [over('expiry', approvalId), over('validity', approvalId)];
    }
  },
});

const due = (kind: Limit, approvalId: string, dueAt: string): TimerOp => ({
  set: { kind, key: approvalId, dueAt, command: { type: 'ExpireApproval', data: { approvalId } } },
});
const over = (kind: Limit, approvalId: string): TimerOp => ({ cancel: { kind, key: approvalId } });
