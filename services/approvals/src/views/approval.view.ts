import {
  type Action,
  approvalEvents,
  type ApprovalRow,
  type ApprovalState,
  approvalView,
  type FactOf,
  type InboxRow,
  inboxView,
  text,
} from '@agencyos/contracts';
import { changesBy, defineProjection, type Rows } from '@agencyos/runtime';
import { approvalsIn, presentStage } from '../approval/approval.js';

type ApprovalFact = FactOf<typeof approvalEvents>;

/** The inbox and the brief of each approval. */
export const approvalProjection = defineProjection([inboxView, approvalView], {
  name: 'approval',
  version: 2,
  changes: [
    changesBy([approvalEvents], {
      ApprovalRequested({ data, metadata }, rows) {
        const { escalation: _, escalateAt: _at, replacesId: _id, ...asked } = data;
        put({ ...asked, requestedAt: metadata.recordedAt, state: 'open', votes: [] }, rows);
      },
      ApprovalVoteCast(fact, rows) {
        const { voter, vote, stage, reason } = fact.data;
        const cast = { voter, vote, stage, at: fact.metadata.recordedAt, ...(reason !== undefined && { reason }) };
        return change(fact, rows, (row) => ({ ...row, votes: [...row.votes, cast] }));
      },
      ApprovalGranted: (fact, rows) => decided(fact, rows, { state: 'granted', validUntilAt: fact.data.validUntilAt }),
      ApprovalRejected: (fact, rows) => decided(fact, rows, { state: 'rejected', reason: fact.data.reason }),
      ApprovalRedeemed: (fact, rows) =>
        change(fact, rows, (row) => ({ ...row, state: 'redeemed', redeemedAt: fact.metadata.recordedAt })),
      ApprovalExpired: (fact, rows) => decided(fact, rows, { state: 'expired' }),
      ApprovalWithdrawn: (fact, rows) => decided(fact, rows, { state: 'withdrawn', reason: fact.data.reason }),
      ApprovalRevoked: (fact, rows) => decided(fact, rows, { state: 'revoked', reason: fact.data.reason }),
    }),
  ],
});

type Decided = { state: ApprovalState } & Partial<Pick<ApprovalRow, 'reason' | 'validUntilAt'>>;

const decided = (fact: ApprovalFact, rows: Rows, by: Decided): Promise<void> =>
  change(fact, rows, (row) => ({ ...row, ...by, decidedAt: fact.metadata.recordedAt }));

async function change({ data: { approvalId } }: ApprovalFact, rows: Rows, by: (row: ApprovalRow) => ApprovalRow): Promise<void> {
  const row = await rows.of(approvalView, approvalId).get('approval');
  if (row) put(by(row), rows);
}

function put(row: ApprovalRow, rows: Rows): void {
  const { approvalId } = row;
  rows.of(approvalView, approvalId).put('approval', row);
  rows.of(inboxView, 'all').put(`approval/${approvalId}`, inboxRow(row));
}

function inboxRow(row: ApprovalRow): InboxRow {
  const { approvalId, action, risk, origin, requester, requestedAt, expiresAt, state, stages, decidedAt } = row;
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
const titleOf = ({ kind, target }: Action): string => `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${target}`;
