import type {
  BoardAccess,
  BoardEvent,
  BoardVisibility,
  CardSource,
  CardWish,
  Category,
  Column,
  LaneBy,
  NewCard,
} from '@agencyos/contracts';
import { isFailed, isFull, isOver, type Movable } from '@agencyos/contracts/moves';
import { listOf, type Place, type Places } from './places.js';
import { emptyTable, lookUp, type Table } from './table.js';

export interface Card extends Omit<NewCard, 'source'> {
  number: number;
  columnId: string;
  rank: string;
  source?: CardSource;
  /** Revision of the owner's stream that the card last followed. */
  sourceRevision?: number;
  blocked?: { reason: string; failed: boolean };
  pending?: { requestId: string; wants: CardWish; targetColumnId: string };
  /** The last request, until it was granted or declined: a move may end it before the owner has answered. */
  unanswered?: string;
  /** Revision of the board at the card's last move. */
  movedRevision: number;
}

export interface Board {
  opened: boolean;
  boardId: string;
  name: string;
  laneBy: LaneBy;
  visibility: BoardVisibility;
  members: Readonly<Record<string, BoardAccess>>;
  /** By rank. */
  columns: readonly Column[];
  /** Open cards of each column. */
  places: Readonly<Record<string, Places>>;
  cards: Table<Card>;
  /** Numbers of cards no longer on the board. */
  archived: Table<number>;
  nextNumber: number;
}

export const noBoard: Board = {
  opened: false,
  boardId: '',
  name: '',
  laneBy: 'none',
  visibility: 'all',
  members: {},
  columns: [],
  places: {},
  cards: emptyTable(),
  archived: emptyTable(),
  nextNumber: 1,
};

export type CardAdded = Extract<BoardEvent, { type: 'CardAdded' }>;
export type CardMoved = Extract<BoardEvent, { type: 'CardMoved' }>;
export type CardsReranked = Extract<BoardEvent, { type: 'CardsReranked' }>;

export const cardOf = (board: Board, cardId: string): Card | undefined => lookUp(board.cards, cardId);
export const isArchived = (board: Board, cardId: string): boolean => lookUp(board.archived, cardId) !== undefined;
export const columnOf = (board: Board, columnId: string): Column | undefined =>
  board.columns.find((column) => column.columnId === columnId);
/** By rank. */
export const placesOf = (board: Board, columnId: string): readonly Place[] => listOf(board.places[columnId] ?? []);

/** @throws Error when the state is inconsistent; a recorded card always stands in a recorded column. */
export function categoryOf(board: Board, card: Card): Category {
  const column = columnOf(board, card.columnId);
  if (!column) throw new Error(`card ${card.cardId} stands in unknown column ${card.columnId}`);
  return column.category;
}

/** The card as the rules of moves look at it. */
export const movable = (board: Board, card: Card): Movable => ({
  category: categoryOf(board, card),
  source: card.source,
  blocked: card.blocked,
});

const INSTEAD: Partial<Record<Category, Category>> = { review: 'doing', cancelled: 'done' };

/** First column of a category, or of the one that stands in for it; the outermost column when there is neither. */
export function columnFor(board: Board, category: Category): Column {
  const first = (wanted: Category | undefined) => board.columns.find((column) => column.category === wanted);
  const outermost = isOver(category) ? board.columns.at(-1) : board.columns[0];
  return (first(category) ?? first(INSTEAD[category]) ?? outermost) as Column;
}

/** The swim lane a card is in; one nameless lane when the board has none. */
export function laneOf(board: Board, card: Pick<Card, 'laneId' | 'priority' | 'labels' | 'assignees' | 'source'>): string {
  if (card.laneId !== undefined) return card.laneId;
  switch (board.laneBy) {
    case 'none':
      return '';
    case 'priority':
      return card.priority;
    case 'label':
      return card.labels[0] ?? '';
    case 'assignee':
    case 'agent':
      return card.assignees[0] ?? '';
    case 'run':
      return card.source && card.source.kind !== 'incident' ? card.source.runId : '';
  }
}

/** Cards that count against the column's limit: all of them, or those of one lane; failed ones stand beside the columns. */
export function loadOf(board: Board, column: Column, lane: string): number {
  return placesOf(board, column.columnId).filter(({ cardId }) => {
    const card = cardOf(board, cardId) as Card;
    return !isFailed(card) && (!column.perLane || laneOf(board, card) === lane);
  }).length;
}

/** Whether one more card passes the column's limit. */
export const passesLimit = (board: Board, column: Column, lane: string): boolean =>
  column.wipLimit !== undefined && isFull(column.wipLimit, loadOf(board, column, lane));
