import type { CardWish } from './board-events.js';
import type { CardSource, Category } from './types.js';

/*
 * Which moves are allowed: the service decides by it, and the page shows it while a card is dragged. A door of its own,
 * behind which nothing is loaded, for what a browser gets is counted.
 */

/** What the rules look at of a card. */
export interface Movable {
  /** Of the column where it stands. */
  category: Category;
  /** What it mirrors; such a card changes category only with it. */
  source?: Pick<CardSource, 'kind'> | undefined;
  blocked?: { failed: boolean } | undefined;
}

export const isFailed = ({ blocked }: Pick<Movable, 'blocked'>): boolean => blocked?.failed === true;

/** The work behind a mirrored card can change no more by itself. */
export const isFinished = (card: Movable): boolean => isOver(card.category) || isFailed(card);

/** Nothing more is to be done about a card there. */
export const isOver = (category: Category): boolean => category === 'done' || category === 'cancelled';

/**
 * What a person asks of the owner by putting a mirrored card into a column of `target`; `undefined` when that says
 * nothing. A failed card put into a `todo` column asks for another try although it stands there already.
 */
export function wishFor(card: Movable, target: Category): CardWish | undefined {
  const { category: present } = card;
  switch (card.source?.kind) {
    case 'task':
      if (target === 'todo' && (isFailed(card) || present === 'doing')) return 'requeue';
      return target === 'cancelled' && !isFinished(card) ? 'cancel' : undefined;
    case 'run':
      return target === 'cancelled' && !isFinished(card) ? 'cancel' : undefined;
    case 'incident':
      return target === 'done' && !isOver(present) ? 'resolve' : undefined;
    case undefined:
      return undefined;
  }
}

/** Whether it may be put there just so: a card that mirrors work would only pretend to have left its category. */
export const movesFreely = ({ source, category }: Movable, target: Category): boolean =>
  source === undefined || category === target;

/** Whether granting it would end an attempt that is running. */
export const stopsAttempt = ({ category }: Movable, wish: CardWish): boolean =>
  (wish === 'requeue' || wish === 'cancel') && category === 'doing';

/** Whether one more card passes the limit of a column, or of a lane of it, that holds so many. */
export const isFull = (wipLimit: number, present: number): boolean => present >= wipLimit;
