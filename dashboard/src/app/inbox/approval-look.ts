import type { ApprovalState, InboxRow, TaskRow } from '@agencyos/contracts';
import type { State } from '../ui/glyph';

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
