import { type Board, cardOf, indexOfRank, type Place, placesOf } from './board.js';
import { ranksBetween } from './rank.js';

/** Ranks never grow past this; the contract's schema allows twice as much. */
export const RANK_CHARACTERS = 32;

/** A place between two cards that stay; an absent neighbour is the column's end. */
export interface Gap {
  lower: string | undefined;
  upper: string | undefined;
  /** Index of the upper neighbour among the column's places. */
  at: number;
}

/** Ranks for cards put at the end of a column. */
export function ranksAtEnd(board: Board, columnId: string, count: number): string[] {
  return ranksBetween(placesOf(board, columnId).at(-1)?.rank, undefined, count);
}

/** Where the neighbours say, as if the moving cards were gone; at the end when neither neighbour is there any more. */
export function gapFor(
  board: Board,
  {
    toColumnId,
    beforeId,
    afterId,
  }: { toColumnId: string; beforeId?: string | undefined; afterId?: string | undefined },
  moving: ReadonlySet<string>,
): Gap {
  const places = placesOf(board, toColumnId);
  const indexOf = (cardId: string | undefined): number | undefined => {
    const card = cardId === undefined || moving.has(cardId) ? undefined : cardOf(board, cardId);
    return card?.columnId === toColumnId ? indexOfRank(places, card.rank) : undefined;
  };
  const after = indexOf(afterId);
  return gapAt(places, indexOf(beforeId) ?? (after === undefined ? places.length : after + 1), moving);
}

function gapAt(places: readonly Place[], index: number, moving: ReadonlySet<string>): Gap {
  let below = index - 1;
  while (below >= 0 && moving.has((places[below] as Place).cardId)) below -= 1;
  let at = index;
  while (at < places.length && moving.has((places[at] as Place).cardId)) at += 1;
  return { lower: places[below]?.rank, upper: places[at]?.rank, at };
}

/**
 * Ranks for `count` cards in a gap. A gap that was halved so often that a rank would grow too long is passed over
 * for the next one below; the column's end always has room.
 */
export function ranksInGap(
  board: Board,
  columnId: string,
  gap: Gap,
  count: number,
  moving: ReadonlySet<string>,
): string[] {
  const places = placesOf(board, columnId);
  for (let present = gap; ; present = gapAt(places, present.at + 1, moving)) {
    const ranks = ranksBetween(present.lower, present.upper, count);
    if (present.upper === undefined || ranks.every((rank) => rank.length <= RANK_CHARACTERS)) return ranks;
  }
}
