import type { UserRole } from '@agencyos/contracts';
import type { Choice } from '../choices';

/** In words of who chooses them. */
export const ROLES: readonly Choice<UserRole>[] = [
  { value: 'viewer', name: 'Viewer', means: 'sees boards, runs, approvals and operations' },
  { value: 'operator', name: 'Operator', means: 'starts and stops work, moves cards' },
  { value: 'approver', name: 'Approver', means: 'decides what waits at a gate' },
  { value: 'admin', name: 'Administrator', means: 'all of it, and who may sign in' },
];
