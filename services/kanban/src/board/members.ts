import type { BoardAccess, BoardEvent } from '@agencyos/contracts';
import { rejection } from '@agencyos/decider';
import type { Board } from './board.js';
import type { Of } from './command.js';

type MemberSet = Pick<Extract<BoardEvent, { type: 'BoardMemberSet' }>['data'], 'principal' | 'access'>;
type Members = Readonly<Record<string, BoardAccess>>;

/** For its members alone it needs one: whoever makes it so, where nobody is. */
export function changeBoard(command: Of<'ChangeBoard'>, board: Board): BoardEvent[] {
  const { boardId, name, visibility } = command.data;
  const closes = visibility === 'members' && board.visibility === 'all' && !hasAdmin(board.members);
  const changed = (name !== undefined && name !== board.name) || (visibility !== undefined && visibility !== board.visibility);
  if (!changed) return [];
  return [...(closes ? [firstMember(command, boardId)] : []), { type: 'BoardChanged', data: command.data }];
}

export function setBoardMember(command: Of<'SetBoardMember'>, board: Board): BoardEvent[] {
  const { principal, access } = command.data;
  if ((board.members[principal] ?? 'none') === access) return [];
  if (board.visibility === 'members' && !hasAdmin(withMember(board.members, command.data)))
    throw rejection(command, 'last_member', {
      field: 'access',
      detail: 'Somebody has to be left who may change the board: make another one its administrator first.',
    });
  return [{ type: 'BoardMemberSet', data: command.data }];
}

export const firstMember = ({ metadata }: Of<'OpenBoard' | 'ChangeBoard'>, boardId: string): BoardEvent => ({
  type: 'BoardMemberSet',
  data: { boardId, principal: metadata.onBehalfOf ?? metadata.actor, access: 'admin' },
});

export function withMember(members: Members, { principal, access }: MemberSet): Members {
  const { [principal]: _, ...others } = members;
  return access === 'none' ? others : { ...others, [principal]: access };
}

const hasAdmin = (members: Members): boolean => Object.values(members).includes('admin');
