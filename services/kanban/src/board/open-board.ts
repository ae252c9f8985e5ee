import { BOARD_LIMITS, type BoardEvent, type Column } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import type { Board } from './board.js';
import type { Of } from './command.js';

const KEY = /^[A-Z][A-Z0-9]{1,9}$/;

export function openBoard({ data }: Of<'OpenBoard'>, board: Board): BoardEvent[] {
  if (board.opened) throw new Rejection('already_exists', { detail: 'The board is open already.' });
  if (!KEY.test(data.key)) {
    const detail = 'The key must be two to ten capitals and digits, beginning with a capital.';
    throw new Rejection('key_invalid', { field: 'key', detail }, 422);
  }
  data.columns.forEach((column, index) =>
    requireDistinct(column, data.columns.slice(0, index), `columns.${index}`),
  );
  return [{ type: 'BoardOpened', data }];
}

export function addColumn({ data }: Of<'AddColumn'>, board: Board): BoardEvent[] {
  if (board.columns.length >= BOARD_LIMITS.columns) {
    const detail = `A board has at most ${BOARD_LIMITS.columns} columns.`;
    throw new Rejection('invalid', { field: 'column', limit: BOARD_LIMITS.columns, detail });
  }
  requireDistinct(data.column, board.columns, 'column');
  return [{ type: 'ColumnAdded', data }];
}

function requireDistinct(column: Column, others: readonly Column[], field: string): void {
  for (const name of ['columnId', 'rank'] as const) {
    if (others.some((other) => other[name] === column[name])) {
      throw new Rejection('already_exists', {
        field: `${field}.${name}`,
        detail: `Another column has this ${name}.`,
      });
    }
  }
}
