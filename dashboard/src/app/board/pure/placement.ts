import type { CardRow, Column } from '@agencyos/contracts';
import { isFailed, isFull } from '@agencyos/contracts/moves';

/** A move that the viewer made and the server has not confirmed in the view yet. */
export interface OptimisticMove {
  toColumnId: string;
  /** The card it shall stand before; at the end without one. */
  beforeId?: string | undefined;
}

export interface PlacedColumn {
  column: Column;
  /** In order; the failed ones are in the lane above the columns instead. */
  cards: CardRow[];
  /** All cards in it, also those that a filter hides, but none that stand in the lane of the failed. */
  count: number;
  wip: Wip;
}

export interface Wip {
  state: 'none' | 'under' | 'at' | 'over';
  limit: number;
  over: number;
}

/** Code units, as the server allocates them: never by locale. */
export const byRank = (a: { rank: string }, b: { rank: string }): number =>
  a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0;

/** Columns in order with their cards, with the viewer's own unconfirmed moves laid over the server's state. */
export function place(
  columns: readonly Column[],
  cards: readonly CardRow[],
  moves: ReadonlyMap<string, OptimisticMove> = new Map(),
  shown: (card: CardRow) => boolean = () => true,
): PlacedColumn[] {
  const byColumn = new Map<string, CardRow[]>(columns.map(({ columnId }) => [columnId, []]));
  const moved: CardRow[] = [];
  for (const card of cards) {
    // Dropped on itself it stays where it is, here as at the server.
    const move = moves.get(card.cardId);
    const stays = move?.beforeId === card.cardId && move.toColumnId === card.columnId;
    if (move && !stays) moved.push(card);
    else byColumn.get(card.columnId)?.push(card);
  }
  for (const list of byColumn.values()) list.sort(byRank);
  for (const card of moved) {
    const { toColumnId, beforeId } = moves.get(card.cardId) as OptimisticMove;
    const list = byColumn.get(toColumnId) ?? byColumn.get(card.columnId);
    const at = list?.findIndex(({ cardId }) => cardId === beforeId) ?? -1;
    if (at < 0) list?.push(card);
    else list?.splice(at, 0, card);
  }
  return [...columns].sort(byRank).map((column) => {
    const own = (byColumn.get(column.columnId) ?? []).filter((card) => !isFailed(card));
    return { column, count: own.length, wip: wipOf(column, own.length), cards: own.filter(shown) };
  });
}

function wipOf({ wipLimit }: Column, count: number): Wip {
  if (wipLimit === undefined) return { state: 'none', limit: 0, over: 0 };
  const state = !isFull(wipLimit, count) ? 'under' : count > wipLimit ? 'over' : 'at';
  return { state, limit: wipLimit, over: Math.max(0, count - wipLimit) };
}
