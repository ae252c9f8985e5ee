import type { UserRole } from './scalars.js';

export const PERMISSIONS = [
  'board:read',
  'board:write',
  'board:admin',
  'run:read',
  'run:operate',
  'workflow:publish',
  'approval:read',
  'approval:request',
  'approval:vote',
  'approval:admin',
  'decision:answer',
  'ops:read',
  'ops:operate',
  'ops:admin',
  'identity:admin',
  'task:work',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const VIEWER: Permission[] = ['board:read', 'run:read', 'approval:read', 'ops:read'];

export const ROLE_PERMISSIONS: Record<UserRole, readonly Permission[]> = {
  viewer: VIEWER,
  operator: [...VIEWER, 'board:write', 'run:operate', 'workflow:publish', 'approval:request', 'decision:answer', 'ops:operate'],
  approver: [...VIEWER, 'approval:vote', 'decision:answer'],
  admin: PERMISSIONS.filter((permission) => permission !== 'task:work'),
};

/** Who may decide, and who says who may decide: for people who have proved who they are, never for a file on a disk. */
export const PERSONAL_PERMISSIONS: readonly Permission[] = ['approval:vote', 'approval:admin', 'identity:admin'];

/** What the command line's token file may do: read and operate, never decide. */
export const CLI_PERMISSIONS: readonly Permission[] = ROLE_PERMISSIONS.admin.filter(
  (permission) => !PERSONAL_PERMISSIONS.includes(permission),
);

/** What an agent's credential may do; never `approval:vote`. */
export const AGENT_PERMISSIONS: readonly Permission[] = ['task:work', 'approval:request', 'board:read'];

export function permissionsOf(roles: readonly UserRole[]): Permission[] {
  return [...new Set(roles.flatMap((role) => ROLE_PERMISSIONS[role]))];
}
