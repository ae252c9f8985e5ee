import { type Board, type Place, placesOf } from './board.js';
import { ranksBetween } from './rank.js';

/** Ranks never grow past this; the contract's schema allows twice as much. */
export const RANK_CHARACTERS = 32;

export interface Neighbours {
  beforeId?: string | undefined;
  afterId?: string | undefined;
}

/** Ranks for cards put at the end of a column. */
export function ranksAtEnd(board: Board, columnId: string, count: number): string[] {
  return ranksBetween(placesOf(board, columnId).at(-1)?.rank, undefined, count);
}

/** Places of the column without the cards that are being moved. */
export function remaining(board: Board, columnId: string, moving: ReadonlySet<string>): readonly Place[] {
  return placesOf(board, columnId).filter(({ cardId }) => !moving.has(cardId));
}

/** Where the neighbours say; at the end when neither is there any more. */
export function gapOf(places: readonly Place[], { beforeId, afterId }: Neighbours): number {
  const before = beforeId === undefined ? -1 : places.findIndex(({ cardId }) => cardId === beforeId);
  if (before >= 0) return before;
  const after = afterId === undefined ? -1 : places.findIndex(({ cardId }) => cardId === afterId);
  return after >= 0 ? after + 1 : places.length;
}

/**
 * Ranks for `count` cards in a gap. A gap that was halved so often that a rank would grow too long is passed over
 * for the next one below; the column's end always has room.
 */
export function ranksInGap(places: readonly Place[], gap: number, count: number): string[] {
  for (let at = gap; ; at += 1) {
    const ranks = ranksBetween(places[at - 1]?.rank, places[at]?.rank, count);
    if (at >= places.length || ranks.every((rank) => rank.length <= RANK_CHARACTERS)) return ranks;
  }
}
