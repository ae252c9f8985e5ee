import { BOARD_LIMITS, type BoardEvent, type Column } from '@agencyos/contracts';
import { rejection } from '@agencyos/decider';
import type { Board } from './board.js';
import type { Of } from './command.js';
import { firstMember } from './members.js';

const KEY = /^[A-Z][A-Z0-9]{1,9}$/;

export function openBoard(command: Of<'OpenBoard'>, board: Board): BoardEvent[] {
  const { data } = command;
  if (board.opened) throw rejection(command, 'already_exists', { detail: 'The board is open already.' });
  if (!KEY.test(data.key)) {
    const detail = 'The key must be two to ten capitals and digits, beginning with a capital.';
    throw rejection(command, 'key_invalid', { field: 'key', detail });
  }
  data.columns.forEach((column, index) => requireDistinct(command, column, data.columns.slice(0, index), `columns.${index}`));
  const first = data.visibility === 'members' ? [firstMember(command, data.boardId)] : [];
  return [{ type: 'BoardOpened', data }, ...first];
}

export function addColumn(command: Of<'AddColumn'>, board: Board): BoardEvent[] {
  const { data } = command;
  if (board.columns.length >= BOARD_LIMITS.columns) {
    const detail = `A board has at most ${BOARD_LIMITS.columns} columns.`;
    throw rejection(command, 'invalid', { field: 'column', limit: BOARD_LIMITS.columns, detail });
  }
  requireDistinct(command, data.column, board.columns, 'column');
  return [{ type: 'ColumnAdded', data }];
}

function requireDistinct(command: Of<'OpenBoard' | 'AddColumn'>, column: Column, others: readonly Column[], field: string): void {
  for (const name of ['columnId', 'rank'] as const) {
    if (others.some((other) => other[name] === column[name])) {
      throw rejection(command, 'already_exists', {
        field: `${field}.${name}`,
        detail: `Another column has this ${name}.`,
      });
    }
  }
}
