import type { ApprovalCommand, ApprovalEvent } from '@agencyos/contracts';
import type { Decider } from '@agencyos/decider';
import { type Approval, evolveApproval, noApproval } from './approval.js';
import { expireApproval, revokeApproval, withdrawApproval } from './end-approval.js';
import { redeemApproval } from './redeem-approval.js';
import { requestApproval } from './request-approval.js';
import { voteOnApproval } from './vote-on-approval.js';

export const approvalDecider: Decider<ApprovalCommand, Approval, ApprovalEvent> = {
  initialState: noApproval,
  decide(command, approval) {
    switch (command.type) {
      case 'RequestApproval':
        return requestApproval(command, approval);
      case 'VoteOnApproval':
        return voteOnApproval(command, approval);
      case 'RedeemApproval':
        return redeemApproval(command, approval);
      case 'ExpireApproval':
        return expireApproval(command, approval);
      case 'WithdrawApproval':
        return withdrawApproval(command, approval);
      case 'RevokeApproval':
        return revokeApproval(command, approval);
    }
  },
  evolve: evolveApproval,
};
