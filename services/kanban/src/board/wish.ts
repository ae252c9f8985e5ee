import type { CardWish, Category } from '@agencyos/contracts';
import { type Board, type Card, categoryOf } from './board.js';

/**
 * What a person asks of the owner by putting a mirrored card into a column of `target`; `undefined` when that says
 * nothing. A failed card put into a `todo` column asks for another try although it stands there already.
 */
export function wishFor(board: Board, card: Card, target: Category): CardWish | undefined {
  const present = categoryOf(board, card);
  const failed = card.blocked?.failed === true;
  const over = present === 'done' || present === 'cancelled';
  switch (card.source?.kind) {
    case 'task':
      if (target === 'todo' && (failed || present === 'doing')) return 'requeue';
      return target === 'cancelled' && !over && !failed ? 'cancel' : undefined;
    case 'run':
      return target === 'cancelled' && !over && !failed ? 'cancel' : undefined;
    case 'incident':
      return target === 'done' && !over ? 'resolve' : undefined;
    case undefined:
      return undefined;
  }
}

/** Whether granting it would end an attempt that is running. */
export const stopsAttempt = (board: Board, card: Card, wish: CardWish): boolean =>
  (wish === 'requeue' || wish === 'cancel') && categoryOf(board, card) === 'doing';
