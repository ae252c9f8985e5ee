import type { ApprovalCommand, ApprovalEvent } from '@agencyos/contracts';
import type { Decider } from '@agencyos/decider';
import { type Approval, evolveApproval, noApproval, type Of } from './approval.js';
import { expireApproval, revokeApproval, withdrawApproval } from './end-approval.js';
import { redeemApproval } from './redeem-approval.js';
import { requestApproval } from './request-approval.js';
import { voteOnApproval } from './vote-on-approval.js';

export const approvalDecider: Decider<ApprovalCommand, Approval, ApprovalEvent> = {
  initialState: noApproval,
  decide(command, approval) {
    switch (command.type) {
      case 'RequestApproval':
        return requestApproval(command as Of<'RequestApproval'>, approval);
      case 'VoteOnApproval':
        return voteOnApproval(command as Of<'VoteOnApproval'>, approval);
      case 'RedeemApproval':
        return redeemApproval(command as Of<'RedeemApproval'>, approval);
      case 'ExpireApproval':
        return expireApproval(command as Of<'ExpireApproval'>, approval);
      case 'WithdrawApproval':
        return withdrawApproval(command as Of<'WithdrawApproval'>, approval);
      case 'RevokeApproval':
        return revokeApproval(command as Of<'RevokeApproval'>, approval);
    }
  },
  evolve: evolveApproval,
};
