import {
  type Action,
  type ApprovalEvent,
  type ApprovalRow,
  type ApprovalState,
  approvalView,
  type Fact,
  type InboxRow,
  inboxView,
  text,
} from '@agencyos/contracts';
import type { Projection, Rows } from '@agencyos/runtime';
import { approvalsIn, presentStage } from '../approval/approval.js';

/** The inbox and the brief of each approval. */
export const approvalProjection: Projection = {
  name: 'approval',
  version: 1,
  views: [inboxView, approvalView],
  categories: ['approval'],
  async project(fact: Fact, rows: Rows) {
    const event = fact as Fact & ApprovalEvent;
    const { approvalId } = event.data;
    const before = await rows.get<ApprovalRow>('approval', approvalId, 'approval');
    const row =
      event.type === 'ApprovalRequested' ? requested(event.data, fact) : before && next(before, event, fact);
    if (!row) return;
    rows.put('approval', approvalId, 'approval', row);
    rows.put('inbox', 'all', `approval/${approvalId}`, inboxRow(row));
  },
};

function requested(
  data: Extract<ApprovalEvent, { type: 'ApprovalRequested' }>['data'],
  { metadata }: Fact,
): ApprovalRow {
  const { escalation: _, escalateAt: _at, replacesId: _id, ...row } = data;
  return { ...row, requestedAt: metadata.recordedAt, state: 'open', votes: [] };
}

function next(
  row: ApprovalRow,
  { type, data }: ApprovalEvent,
  { metadata: { recordedAt: at } }: Fact,
): ApprovalRow {
  const decided = (state: ApprovalState): ApprovalRow => ({ ...row, state, decidedAt: at });
  switch (type) {
    case 'ApprovalRequested':
      return row;
    case 'ApprovalVoteCast': {
      const { voter, vote, stage, reason } = data;
      return {
        ...row,
        votes: [...row.votes, { voter, vote, stage, at, ...(reason !== undefined && { reason }) }],
      };
    }
    case 'ApprovalGranted':
      return { ...decided('granted'), validUntilAt: data.validUntilAt };
    case 'ApprovalRejected':
      return { ...decided('rejected'), ...(data.reason !== undefined && { reason: data.reason }) };
    case 'ApprovalRedeemed':
      return { ...row, state: 'redeemed', redeemedAt: at };
    case 'ApprovalExpired':
      return decided('expired');
    case 'ApprovalWithdrawn':
      return { ...decided('withdrawn'), reason: data.reason };
    case 'ApprovalRevoked':
      return { ...decided('revoked'), reason: data.reason };
  }
}

function inboxRow(row: ApprovalRow): InboxRow {
  const { approvalId, action, risk, origin, requester, requestedAt, expiresAt, state, stages, decidedAt } =
    row;
  return {
    approvalId,
    title: text(titleOf(action)),
    kind: action.kind,
    target: action.target,
    risk,
    origin,
    requester,
    requestedAt,
    expiresAt,
    state,
    need: stages[presentStage - 1]?.need ?? 1,
    approvals: approvalsIn(row, presentStage),
    ...(decidedAt !== undefined && { decidedAt, outcome: state === 'redeemed' ? 'granted' : state }),
  };
}

/** `publish`, `git:release-notes` → `Publish git:release-notes`. */
const titleOf = ({ kind, target }: Action): string =>
  `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${target}`;
