import type { BoardEvent, CardWish, Column } from '@agencyos/contracts';
import { movesFreely, stopsAttempt, wishFor } from '@agencyos/contracts/moves';
import { rejection } from '@agencyos/decider';
import { isAgent, isPerson, movedBy } from './actor.js';
import { unknownColumn } from './add-cards.js';
import { type Board, type Card, cardOf, categoryOf, columnOf, laneOf, movable, passesLimit } from './board.js';
import type { Of } from './command.js';
import { Draft } from './draft.js';
import { type Gap, gapFor, roomInGap } from './placement.js';
import { followsSource, requireCard, wipLimitReached } from './refusals.js';

/**
 * All cards or none, in the order given. A mirrored card changes category only with its source: a person's move of
 * one asks its owner (`CardActionRequested`) and the card stays.
 */
export function moveCards(command: Of<'MoveCards'>, board: Board): BoardEvent[] {
  const { data, metadata } = command;
  const column = columnOf(board, data.toColumnId);
  if (!column) throw unknownColumn(command, 'toColumnId', board);
  const plain: Card[] = [];
  const asked: { card: Card; wants: CardWish }[] = [];
  for (const cardId of new Set(data.cardIds)) {
    const card = requireCard(command, board, cardId);
    requireSeen(command, card);
    const wants = isPerson(metadata) ? wishFor(movable(board, card), column.category) : undefined;
    if (wants) asked.push({ card, wants });
    else if (!movesFreely(movable(board, card), column.category)) throw followsSource(command, board, card);
    else plain.push(card);
  }
  if (data.confirmed !== true) requireNoStop(command, board, asked);
  return [...placed(command, board, column, plain), ...requested(command, asked)];
}

/** A move of a card that others have moved since is refused: it was decided on an old picture. */
function requireSeen(command: Of<'MoveCards'>, card: Card): void {
  const { seenColumnId, seenRevision } = command.data;
  if (seenColumnId === undefined && seenRevision === undefined) {
    if (!isAgent(command.metadata)) return;
    throw rejection(command, 'invalid', { field: 'seenColumnId', detail: 'Agents must say what they saw.' });
  }
  const stale = seenColumnId === undefined ? card.movedRevision > (seenRevision as number) : seenColumnId !== card.columnId;
  if (!stale) return;
  const present = { columnId: card.columnId, revision: card.movedRevision };
  throw rejection(command, 'stale_column', {
    cardId: card.cardId,
    present,
    detail: 'The card has been moved meanwhile.',
  });
}

function requireNoStop(command: Of<'MoveCards'>, board: Board, asked: readonly { card: Card; wants: CardWish }[]): void {
  const stopped = asked.filter(({ card, wants }) => stopsAttempt(movable(board, card), wants));
  if (stopped.length === 0) return;
  throw rejection(command, 'confirmation_required', {
    cardIds: stopped.map(({ card }) => card.cardId),
    wants: stopped[0]?.wants,
    detail: 'This stops an attempt that is running. Send it again, confirmed.',
  });
}

function requested({ data, metadata }: Of<'MoveCards'>, asked: readonly { card: Card; wants: CardWish }[]): BoardEvent[] {
  return asked
    .filter(({ card, wants }) => card.pending?.wants !== wants || card.pending.targetColumnId !== data.toColumnId)
    .map(({ card, wants }) => ({
      type: 'CardActionRequested',
      data: {
        boardId: data.boardId,
        cardId: card.cardId,
        requestId: metadata.commandId,
        wants,
        source: card.source as NonNullable<Card['source']>,
        seenSourceRevision: card.sourceRevision ?? 0,
        targetColumnId: data.toColumnId,
      },
    }));
}

function placed(command: Of<'MoveCards'>, board: Board, column: Column, cards: readonly Card[]): BoardEvent[] {
  const { data, metadata } = command;
  const moving = cards.filter((card) => !staysWhereItIs(data, card));
  const ids = new Set(moving.map(({ cardId }) => cardId));
  const gap = gapFor(board, data, ids);
  if (alreadyThere(data, moving, gap)) return [];
  const { ranks, reranked } = roomInGap(board, column.columnId, gap, moving.length, ids);
  const draft = new Draft(board);
  const { boardId } = data;
  const { columnId } = column;
  if (reranked.length > 0) draft.record({ type: 'CardsReranked', data: { boardId, columnId, ranks: reranked } });
  moving.forEach((card, index) => {
    const overLimit = enters(command, draft.board, card, column);
    draft.record({
      type: 'CardMoved',
      data: {
        boardId: data.boardId,
        cardId: card.cardId,
        fromColumnId: card.columnId,
        toColumnId: column.columnId,
        fromCategory: categoryOf(board, card),
        category: column.category,
        rank: ranks[index] as string,
        ...(data.laneId !== undefined && { laneId: data.laneId }),
        moved: movedBy(metadata),
        overLimit,
      },
    });
  });
  return draft.events;
}

type Wanted = Of<'MoveCards'>['data'];

/** Without a neighbour or another lane, a move to its own column asks for nothing. */
const staysWhereItIs = ({ toColumnId, beforeId, afterId, laneId }: Wanted, card: Card): boolean =>
  card.columnId === toColumnId &&
  beforeId === undefined &&
  afterId === undefined &&
  (laneId === undefined || laneId === card.laneId);

function alreadyThere(wanted: Wanted, cards: readonly Card[], { lower, upper }: Gap): boolean {
  return cards.every(
    ({ columnId, laneId, rank }, index) =>
      columnId === wanted.toColumnId &&
      (wanted.laneId === undefined || wanted.laneId === laneId) &&
      rank > (cards[index - 1]?.rank ?? lower ?? '') &&
      (upper === undefined || rank < upper),
  );
}

/**
 * Whether the card passes the limit by entering; one that is inside already counts as it did.
 * @throws Rejection `wip_limit` when the limit is hard
 */
function enters(command: Of<'MoveCards'>, board: Board, card: Card, column: Column): boolean {
  const { laneId } = command.data;
  const lane = laneOf(board, laneId === undefined ? card : { ...card, laneId });
  const inside =
    card.columnId === column.columnId && (!column.perLane || lane === laneOf(board, cardOf(board, card.cardId) as Card));
  if (inside) return false;
  const overLimit = passesLimit(board, column, lane);
  if (overLimit && column.wipMode === 'hard') throw wipLimitReached(command, board, column);
  return overLimit;
}
