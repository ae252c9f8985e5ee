import { type Board, cardOf, placesOf } from './board.js';
import { indexOfRank, type Place } from './places.js';
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
  { toColumnId, beforeId, afterId }: { toColumnId: string; beforeId?: string | undefined; afterId?: string | undefined },
  moving: ReadonlySet<string>,
): Gap {
  const places = placesOf(board, toColumnId);
  // A neighbour that moves itself says where it stands now: a card dropped on itself stays there.
  const indexOf = (cardId: string | undefined): number | undefined => {
    const card = cardId === undefined ? undefined : cardOf(board, cardId);
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

/** Neighbours of a gap that get new ranks; the event says so in one fact. */
const MOST_RERANKED = 200;
/** As long as ranks are after a rebalance: short enough for many more drops. */
const ROOMY_CHARACTERS = 12;

/** Where cards go in a gap, and the new ranks of its neighbours when it had to be widened for them. */
export interface Room {
  ranks: string[];
  reranked: Place[];
}

/** Ranks for `count` cards in a gap. One that was halved so often that a rank would grow too long is widened. */
export function roomInGap(board: Board, columnId: string, gap: Gap, count: number, moving: ReadonlySet<string>): Room {
  const ranks = ranksBetween(gap.lower, gap.upper, count);
  if (longest(ranks) <= RANK_CHARACTERS) return { ranks, reranked: [] };
  const all = placesOf(board, columnId);
  const staying = all.filter(({ cardId }) => !moving.has(cardId));
  const at = staying.length - all.slice(gap.at).filter(({ cardId }) => !moving.has(cardId)).length;
  let room: Room | undefined;
  // The fewest neighbours that make it roomy.
  for (let reach = 8; ; reach *= 2) {
    room = widened(staying, at, Math.min(reach, MOST_RERANKED / 2), count);
    if (reach >= MOST_RERANKED / 2 || longest([...room.ranks, ...room.reranked.map(({ rank }) => rank)]) <= ROOMY_CHARACTERS)
      return room;
  }
}

/** So many places on either side of the gap share what lies between their outer neighbours. */
function widened(places: readonly Place[], at: number, reach: number, count: number): Room {
  const from = Math.max(0, at - reach);
  const to = Math.min(places.length, at + reach);
  const ranks = ranksBetween(places[from - 1]?.rank, places[to]?.rank, to - from + count);
  const reranked = places.slice(from, to).map(({ cardId }, index) => ({
    cardId,
    rank: ranks[index < at - from ? index : index + count] as string,
  }));
  return { ranks: ranks.slice(at - from, at - from + count), reranked };
}

const longest = (ranks: readonly string[]): number => Math.max(0, ...ranks.map(({ length }) => length));
