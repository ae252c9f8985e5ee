import type { ApprovalRow, ApprovalState, InboxRow, TaskRow } from '@agencyos/contracts';
import type { State } from '../../ui/pure/state-words';

const GLYPHS: Record<ApprovalState, State> = {
  open: 'waiting',
  granted: 'done',
  redeemed: 'done',
  rejected: 'cancelled',
  expired: 'cancelled',
  revoked: 'cancelled',
  withdrawn: 'cancelled',
  superseded: 'cancelled',
};

export const APPROVAL_WORDS: Record<ApprovalState, string> = {
  open: 'Open',
  granted: 'Approved',
  redeemed: 'Approved and used',
  rejected: 'Rejected',
  expired: 'Expired',
  revoked: 'Revoked',
  withdrawn: 'Withdrawn',
  superseded: 'Replaced by a newer request',
};

export const approvalStateOf = (state: ApprovalState): State => GLYPHS[state] ?? 'waiting';

const EXCLUDED_AS = { run_starter: 'started the run', agent_owner: 'owns an agent of it' };

/** Why the policy lets somebody not vote; empty when the log of this request does not say. */
export const whyExcluded = ({ exclusions = [] }: ApprovalRow, principal: string): string =>
  exclusions.flatMap((one) => (one.principal === principal ? [EXCLUDED_AS[one.as]] : [])).join(', ');

/** What a policy asked for and this installation cannot ask yet; empty when there is nothing of the kind. */
export const notEnforcedOf = ({ stepUp }: ApprovalRow): string =>
  stepUp === 'none'
    ? ''
    : `Not enforced: the policy asks voters for a ${stepUp === 'totp' ? 'second factor' : stepUp}, and nobody can give one here yet. Votes on this request are refused.`;

/** Open ones by what expires first, settled ones by what was decided last. */
export function sortInbox(rows: readonly InboxRow[]): { open: InboxRow[]; decided: InboxRow[] } {
  const open = rows
    .filter(({ state }) => state === 'open')
    .sort((a, b) => a.expiresAt.localeCompare(b.expiresAt));
  const decided = rows
    .filter(({ state }) => state !== 'open')
    .sort((a, b) => (b.decidedAt ?? b.requestedAt).localeCompare(a.decidedAt ?? a.requestedAt));
  return { open, decided };
}

/** Every task that cannot start before this one has ended, in the order of the run. */
export function waitsBehind(tasks: readonly TaskRow[], taskId: string): TaskRow[] {
  const behind = new Set([taskId]);
  for (let size = 0; size !== behind.size;) {
    size = behind.size;
    for (const task of tasks) if (task.needs.some((need) => behind.has(need))) behind.add(task.taskId);
  }
  return tasks.filter((task) => task.taskId !== taskId && behind.has(task.taskId));
}
