import type { BoardEvent, Column } from '@agencyos/contracts';
import { type Rejection, rejection } from '@agencyos/decider';
import { type Board, cardOf, columnFor, columnOf, isArchived, laneOf, passesLimit } from './board.js';
import type { Of } from './command.js';
import { Draft } from './draft.js';
import { ranksAtEnd } from './placement.js';
import { isService } from './actor.js';
import { wipLimitReached } from './refusals.js';

/** All cards or none. A card that mirrors work is never refused for want of room, but marked. */
export function addCards(command: Of<'AddCards'>, board: Board): BoardEvent[] {
  const { data, metadata } = command;
  const draft = new Draft(board);
  data.cards.forEach(({ columnId, category, ...card }, index) => {
    if (card.source && !isService(metadata)) {
      const detail = 'Only the owner of the work can add a card that mirrors it.';
      throw rejection(command, 'invalid', { field: `cards.${index}.source`, detail });
    }
    if (cardOf(draft.board, card.cardId) || isArchived(draft.board, card.cardId)) {
      if (card.source) return;
      throw rejection(command, 'already_exists', {
        field: `cards.${index}.cardId`,
        detail: 'A card has this id already.',
      });
    }
    const column = columnId === undefined ? columnFor(draft.board, category ?? 'todo') : columnOf(draft.board, columnId);
    if (!column) throw unknownColumn(command, `cards.${index}.columnId`, board);
    const overLimit = passesLimit(draft.board, column, laneOf(draft.board, card));
    if (overLimit && column.wipMode === 'hard' && !card.source) throw wipLimitReached(command, draft.board, column);
    draft.record({
      type: 'CardAdded',
      data: {
        boardId: data.boardId,
        ...card,
        number: draft.board.nextNumber,
        columnId: column.columnId,
        category: column.category,
        rank: ranksAtEnd(draft.board, column.columnId, 1)[0] as string,
        overLimit,
        ...(data.importId !== undefined && { importId: data.importId }),
      },
    });
  });
  return draft.events;
}

export function unknownColumn(command: Of<'AddCards' | 'MoveCards'>, field: string, { columns }: Board): Rejection {
  const allowed = columns.map(({ columnId }: Column) => ({ columnId }));
  return rejection(command, 'unknown_column', { field, allowed, detail: 'The board has no such column.' });
}
