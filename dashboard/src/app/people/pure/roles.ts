import type { UserRole } from '@agencyos/contracts';

/** In words of who chooses them. */
export const ROLES: readonly { role: UserRole; name: string; means: string }[] = [
  { role: 'viewer', name: 'Viewer', means: 'sees boards, runs, approvals and operations' },
  { role: 'operator', name: 'Operator', means: 'starts and stops work, moves cards' },
  { role: 'approver', name: 'Approver', means: 'decides what waits at a gate' },
  { role: 'admin', name: 'Administrator', means: 'all of it, and who may sign in' },
];
