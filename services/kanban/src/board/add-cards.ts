import type { BoardEvent, Column } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { type Board, cardOf, columnFor, columnOf, isArchived, laneOf, passesLimit } from './board.js';
import type { Of } from './command.js';
import { Draft } from './draft.js';
import { ranksAtEnd } from './placement.js';
import { isService } from './actor.js';
import { wipLimitReached } from './refusals.js';

/** All cards or none. A card that mirrors work is never refused for want of room, but marked. */
export function addCards({ data, metadata }: Of<'AddCards'>, board: Board): BoardEvent[] {
  const draft = new Draft(board);
  data.cards.forEach(({ columnId, category, ...card }, index) => {
    if (card.source && !isService(metadata)) {
      const detail = 'Only the owner of the work can add a card that mirrors it.';
      throw new Rejection('invalid', { field: `cards.${index}.source`, detail });
    }
    if (cardOf(draft.board, card.cardId) || isArchived(draft.board, card.cardId)) {
      if (card.source) return;
      throw new Rejection('already_exists', {
        field: `cards.${index}.cardId`,
        detail: 'A card has this id already.',
      });
    }
    const column =
      columnId === undefined ? columnFor(draft.board, category ?? 'todo') : columnOf(draft.board, columnId);
    if (!column) throw unknownColumn(`cards.${index}.columnId`, board);
    const overLimit = passesLimit(draft.board, column, laneOf(draft.board, card));
    if (overLimit && column.wipMode === 'hard' && !card.source) throw wipLimitReached(draft.board, column);
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

export function unknownColumn(field: string, { columns }: Board): Rejection {
  const allowed = columns.map(({ columnId }: Column) => ({ columnId }));
  return new Rejection('unknown_column', { field, allowed, detail: 'The board has no such column.' }, 422);
}
