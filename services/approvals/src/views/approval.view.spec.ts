import { type ApprovalEvent, approvalView, type Fact, inboxView, text } from '@agencyos/contracts';
import { MemoryRows } from '@agencyos/runtime/testing';
import { NOW } from '@agencyos/testing/decider';
import { describe, expect, it } from '@jest/globals';
import {
  approvalId,
  approver,
  at,
  cast,
  digest,
  expired,
  EXPIRES_MS,
  granted,
  origin,
  redeemed,
  requested,
  VALID_MS,
} from '../approval/testing/approval-scenario.js';
import { approvalProjection } from './approval.view.js';

/** The approval's own row and its row in the inbox; each fact comes a second after the one before. */
async function rowsAfter(...events: ApprovalEvent[]) {
  const rows = new MemoryRows();
  for (const [n, event] of events.entries())
    await approvalProjection.project({ ...event, metadata: { recordedAt: at(n * 1_000) } } as unknown as Fact, rows);
  const row = await rows.of(approvalView, approvalId).get('approval');
  const inbox = await rows.of(inboxView, 'all').get(`approval/${approvalId}`);
  if (row) expect(approvalView.rows.approval.safeParse(row).error).toBeUndefined();
  if (inbox) expect(inboxView.rows.approval.safeParse(inbox).error).toBeUndefined();
  return { row, inbox };
}
const ended = (type: 'ApprovalRejected' | 'ApprovalWithdrawn' | 'ApprovalRevoked'): ApprovalEvent => ({
  type,
  data: { approvalId, origin, reason: text('not now') },
});

describe('an approval in the views', () => {
  it('shows what was asked, and in the inbox what it is about', async () => {
    const { row, inbox } = await rowsAfter(requested({ escalation: [], replacesId: approvalId }));
    expect(row).toMatchObject({
      state: 'open',
      votes: [],
      requestedAt: NOW,
      actionDigest: digest,
      brief: { value: 'Publish the notes' },
    });
    expect(row).not.toHaveProperty('escalation');
    expect(row).not.toHaveProperty('replacesId');
    expect(inbox).toEqual({
      ...{ approvalId, title: 'Publish git:notes', kind: 'publish', target: 'git:notes', risk: 'high', origin },
      ...{ requester: 'service:swarm', requestedAt: NOW, expiresAt: at(EXPIRES_MS), state: 'open', need: 1, approvals: 0 },
    });
  });

  it('counts the approvals that it has of those it needs', async () => {
    const two = requested({ stages: [{ of: ['role:approver'], need: 2 }] });
    const { row, inbox } = await rowsAfter(two, cast('approve'), cast('reject', 'other', { reason: text('no') }));
    expect(row!.votes).toEqual([
      { voter: approver().actor, vote: 'approve', stage: 1, at: at(1_000) },
      { voter: approver('other').actor, vote: 'reject', stage: 1, at: at(2_000), reason: 'no' },
    ]);
    expect(inbox).toMatchObject({ need: 2, approvals: 1, state: 'open' });
    expect(inbox).not.toHaveProperty('outcome');
  });

  it('is granted until a time, and stays granted in the inbox when it was used', async () => {
    const given = [requested(), cast('approve'), granted()];
    const { row, inbox } = await rowsAfter(...given);
    expect(row).toMatchObject({ state: 'granted', validUntilAt: at(VALID_MS), decidedAt: at(2_000) });
    expect(inbox).toMatchObject({ state: 'granted', outcome: 'granted', decidedAt: at(2_000) });
    const used = await rowsAfter(...given, redeemed);
    expect(used.row).toMatchObject({ state: 'redeemed', redeemedAt: at(3_000), decidedAt: at(2_000) });
    expect(used.inbox).toMatchObject({ state: 'redeemed', outcome: 'granted' });
  });

  it.each<[string, ApprovalEvent]>([
    ['rejected', ended('ApprovalRejected')],
    ['withdrawn', ended('ApprovalWithdrawn')],
    ['revoked', ended('ApprovalRevoked')],
    ['expired', expired(false)],
  ])('is %s, when and why', async (state, event) => {
    const { row, inbox } = await rowsAfter(requested(), event);
    expect(row).toMatchObject({ state, decidedAt: at(1_000), ...(state !== 'expired' && { reason: 'not now' }) });
    expect(inbox).toMatchObject({ state, outcome: state, decidedAt: at(1_000) });
  });

  it('is none where nobody asked', async () => expect(await rowsAfter(granted())).toEqual({ row: undefined, inbox: undefined }));
});
