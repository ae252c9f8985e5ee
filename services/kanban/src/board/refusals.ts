import type { Column } from '@agencyos/contracts';
import { movesFreely, wishFor } from '@agencyos/contracts/moves';
import { rejection, type Rejection } from '@agencyos/decider';
import { type Board, type Card, cardOf, movable, placesOf } from './board.js';
import type { Of } from './command.js';

/** What is done to cards that are there. */
type OfCards = Of<'MoveCards' | 'EditCards' | 'AssignCard' | 'ArchiveCards'>;

/** @throws Rejection `not_found` */
export function requireCard(command: OfCards, board: Board, cardId: string): Card {
  const card = cardOf(board, cardId);
  if (!card) throw rejection(command, 'not_found', { cardId, detail: 'There is no such card on the board.' });
  return card;
}

export function wipLimitReached(
  command: Of<'AddCards' | 'MoveCards' | 'EditCards' | 'AssignCard'>,
  board: Board,
  column: Column,
): Rejection {
  const limit = column.wipLimit as number;
  const present = placesOf(board, column.columnId).length;
  const count = column.perLane ? `${limit} in this lane` : `${present} of ${limit}`;
  const detail = `${column.name} is full: ${count}. Finish or move a card first.`;
  return rejection(command, 'wip_limit', { columnId: column.columnId, limit, present, detail });
}

/** Names where a person may put the card: columns of its category, and those that ask its owner for something. */
export function followsSource(command: OfCards, board: Board, card: Card): Rejection {
  const present = movable(board, card);
  const allowed = board.columns.flatMap(({ columnId, category }) => {
    const wants = wishFor(present, category);
    if (wants) return [{ columnId, wants }];
    return movesFreely(present, category) ? [{ columnId }] : [];
  });
  const detail = `The card mirrors a ${card.source?.kind ?? 'task'} and moves with it.`;
  return rejection(command, 'card_follows_source', { cardId: card.cardId, allowed, detail });
}
