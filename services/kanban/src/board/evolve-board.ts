import type { BoardEvent, CardChanges, Column } from '@agencyos/contracts';
import type { Recorded } from '@agencyos/decider';
import { type Board, type Card, type CardAdded, type CardMoved, type CardsReranked, cardOf, placesOf } from './board.js';
import { entered, inRuns, left } from './places.js';
import { withMember } from './members.js';
import { withEntry, withoutEntry } from './table.js';

/** Folds one recorded event. Facts are never refused here. */
export function evolveBoard(board: Board, event: BoardEvent, { revision }: Pick<Recorded, 'revision'>): Board {
  switch (event.type) {
    case 'BoardOpened': {
      const { boardId, name, laneBy, columns, visibility } = event.data;
      return { ...board, opened: true, boardId, name, laneBy, visibility, columns: byRank(columns) };
    }
    case 'BoardChanged':
      return {
        ...board,
        name: event.data.name ?? board.name,
        visibility: event.data.visibility ?? board.visibility,
      };
    case 'BoardMemberSet':
      return { ...board, members: withMember(board.members, event.data) };
    case 'ColumnAdded':
      return { ...board, columns: byRank([...board.columns, event.data.column]) };
    case 'CardAdded':
      return added(board, event.data, revision);
    case 'CardMoved':
      return moved(board, event.data, revision);
    case 'CardsReranked':
      return reranked(board, event.data);
    case 'CardEdited':
      return changed(board, event.data.cardId, (card) => edited(card, event.data.changes));
    case 'CardAssigned':
      return changed(board, event.data.cardId, (card) => ({ ...card, assignees: event.data.assignees }));
    case 'CardArchived':
      return archived(board, event.data.cardId);
    case 'CardBlocked': {
      const { cardId, reason, failed, sourceRevision } = event.data;
      return changed(board, cardId, (card) => ({
        ...card,
        blocked: { reason, failed },
        ...(sourceRevision !== undefined && { sourceRevision }),
      }));
    }
    case 'CardUnblocked':
      return changed(board, event.data.cardId, ({ blocked: _, ...card }) => card);
    case 'CardActionRequested': {
      const { cardId, requestId, wants, targetColumnId } = event.data;
      return changed(board, cardId, (card) => ({
        ...card,
        pending: { requestId, wants, targetColumnId },
        unanswered: requestId,
      }));
    }
    case 'CardActionDeclined':
      return changed(board, event.data.cardId, ({ unanswered: _, pending, ...card }) =>
        pending && pending.requestId !== event.data.requestId ? { ...card, pending } : card,
      );
  }
}

const byRank = (columns: readonly Column[]): Column[] =>
  columns.toSorted((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));

function changed(board: Board, cardId: string, change: (card: Card) => Card): Board {
  const card = cardOf(board, cardId);
  return card ? { ...board, cards: withEntry(board.cards, cardId, change(card)) } : board;
}

function added(board: Board, data: CardAdded['data'], revision: number): Board {
  const { boardId: _, category: _category, overLimit: _overLimit, importId: _importId, ...card } = data;
  return {
    ...board,
    cards: withEntry(board.cards, card.cardId, { ...card, movedRevision: revision }),
    places: { ...board.places, [card.columnId]: entered(board.places[card.columnId] ?? [], card) },
    nextNumber: Math.max(board.nextNumber, card.number + 1),
  };
}

function moved(board: Board, data: CardMoved['data'], revision: number): Board {
  const card = cardOf(board, data.cardId);
  if (!card) return board;
  const { pending: _, ...rest } = card;
  const { toColumnId, rank, laneId, sourceRevision, requestId } = data;
  const others = withoutPlace(board, card);
  const present: Card = {
    ...rest,
    columnId: toColumnId,
    rank,
    movedRevision: revision,
    ...(laneId !== undefined && { laneId }),
    ...(sourceRevision !== undefined && { sourceRevision }),
  };
  if (requestId !== undefined && present.unanswered === requestId) delete present.unanswered;
  return {
    ...board,
    cards: withEntry(board.cards, card.cardId, present),
    places: { ...others, [toColumnId]: entered(others[toColumnId] ?? [], present) },
  };
}

function reranked(board: Board, { columnId, ranks }: CardsReranked['data']): Board {
  const given = new Map(ranks.map(({ cardId, rank }) => [cardId, rank]));
  let { cards } = board;
  for (const { cardId, rank } of ranks) {
    const card = cardOf(board, cardId);
    if (card) cards = withEntry(cards, cardId, { ...card, rank });
  }
  const places = placesOf(board, columnId)
    .map((place) => ({ ...place, rank: given.get(place.cardId) ?? place.rank }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return { ...board, cards, places: { ...board.places, [columnId]: inRuns(places) } };
}

function archived(board: Board, cardId: string): Board {
  const card = cardOf(board, cardId);
  if (!card) return board;
  return {
    ...board,
    cards: withoutEntry(board.cards, cardId),
    archived: withEntry(board.archived, cardId, card.number),
    places: withoutPlace(board, card),
  };
}

/** `null` clears a field. */
function edited(card: Card, changes: CardChanges): Card {
  const next: Record<string, unknown> = { ...card };
  for (const [field, value] of Object.entries(changes)) {
    if (value === null) delete next[field];
    else if (value !== undefined) next[field] = value;
  }
  return next as unknown as Card;
}

const withoutPlace = ({ places }: Board, card: Card): Board['places'] => ({
  ...places,
  [card.columnId]: left(places[card.columnId] ?? [], card),
});
