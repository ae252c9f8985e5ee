import { BOARD_ACCESS, type BoardAccess } from '@agencyos/contracts';

/** Who looks. */
export interface Viewer {
  principal: string;
  roles: readonly string[];
  groups: readonly string[];
}

/** What a board says of who sees it. */
export interface GuardedBoard {
  visibility?: 'members' | undefined;
  members?: Readonly<Record<string, BoardAccess>> | undefined;
}

/**
 * Who sees a thing, and may change it, by the board that it belongs to; what belongs to none is everybody's, within their
 * permissions. Every door asks this.
 */
export function accessTo({ principal, roles, groups }: Viewer, board: GuardedBoard | undefined): BoardAccess | 'none' {
  if (board?.visibility !== 'members') return 'admin';
  const names = [principal, ...roles.map((role) => `role:${role}`), ...groups.map((group) => `group:${group}`)];
  const has = names.flatMap((name) => board.members?.[name] ?? []);
  return BOARD_ACCESS.findLast((access) => has.includes(access)) ?? 'none';
}
