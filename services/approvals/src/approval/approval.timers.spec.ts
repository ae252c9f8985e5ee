import type { ApprovalEvent, Fact } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { approvalTimers } from './approval.timers.js';
import {
  approvalId,
  at,
  cast,
  expired,
  EXPIRES_MS,
  granted,
  redeemed,
  requested,
  VALID_MS,
} from './testing/approval-scenario.js';

const on = (event: ApprovalEvent) => approvalTimers.on(event as unknown as Fact);
const over = (kind: string) => ({ cancel: { kind, key: approvalId } });
const due = (kind: string, dueAt: string) => ({
  set: { kind, key: approvalId, dueAt, command: { type: 'ExpireApproval', data: { approvalId } } },
});

describe('an approval', () => {
  it('expires undecided, then unused', () => {
    expect(on(requested())).toEqual([due('expiry', at(EXPIRES_MS))]);
    expect(on(granted())).toEqual([over('expiry'), due('validity', at(VALID_MS))]);
  });

  it('expires no later for a vote that does not decide', () => expect(on(cast('approve'))).toEqual([]));

  it.each<[string, ApprovalEvent]>([
    ['redeemed', redeemed],
    ['expired', expired(false)],
  ])('has no time to keep once it is %s', (_, event) => expect(on(event)).toEqual([over('expiry'), over('validity')]));

  it('whose time cannot be kept is withdrawn, and says why', () =>
    expect(approvalTimers.refuse!(requested() as unknown as Fact, 'The time limit cannot be kept: too far away')).toEqual({
      type: 'WithdrawApproval',
      data: { approvalId, reason: 'The time limit cannot be kept: too far away' },
    }));
});
