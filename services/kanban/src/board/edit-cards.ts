import type { BoardEvent, CardChanges } from '@agencyos/contracts';
import { isFinished } from '@agencyos/contracts/moves';
import { rejection } from '@agencyos/decider';
import { isService } from './actor.js';
import { type Board, type Card, columnOf, isArchived, laneOf, movable, passesLimit } from './board.js';
import type { Of } from './command.js';
import { Draft } from './draft.js';
import { followsSource, requireCard, wipLimitReached } from './refusals.js';

/** A mirrored card's title and assignees belong to its source while that is at work; the rest is the board's own. */
export function editCards(command: Of<'EditCards'>, board: Board): BoardEvent[] {
  const { data } = command;
  const draft = new Draft(board);
  for (const cardId of new Set(data.cardIds)) {
    const card = requireCard(command, board, cardId);
    const changes = differing(card, data.changes);
    if (Object.keys(changes).length === 0) continue;
    if (changes.title !== undefined) requireOwn(command, board, card);
    record(command, draft, card, { type: 'CardEdited', data: { boardId: data.boardId, cardId, changes } });
  }
  return draft.events;
}

export function assignCard(command: Of<'AssignCard'>, board: Board): BoardEvent[] {
  const { data } = command;
  const card = requireCard(command, board, data.cardId);
  const assignees = [...new Set(data.assignees)];
  if (same(card.assignees, assignees)) return [];
  requireOwn(command, board, card);
  const draft = new Draft(board);
  record(command, draft, card, { type: 'CardAssigned', data: { ...data, assignees } });
  return draft.events;
}

export function archiveCards(command: Of<'ArchiveCards'>, board: Board): BoardEvent[] {
  const { data, metadata } = command;
  if (data.why !== 'person' && !isService(metadata)) {
    throw rejection(command, 'invalid', {
      field: 'why',
      detail: 'Only the board itself archives by time or rule.',
    });
  }
  return [...new Set(data.cardIds)]
    .filter((cardId) => !isArchived(board, cardId))
    .map((cardId) => {
      requireOwn(command, board, requireCard(command, board, cardId));
      return { type: 'CardArchived', data: { boardId: data.boardId, cardId, why: data.why } };
    });
}

function requireOwn(command: Of<'EditCards' | 'AssignCard' | 'ArchiveCards'>, board: Board, card: Card): void {
  if (card.source && !isFinished(movable(board, card))) throw followsSource(command, board, card);
}

/** Another lane with a limit of its own is a move: it needs room there. */
function record(command: Of<'EditCards' | 'AssignCard'>, draft: Draft, card: Card, event: BoardEvent): void {
  const column = columnOf(draft.board, card.columnId);
  const before = draft.board;
  draft.record(event);
  if (!column?.perLane || column.wipMode !== 'hard') return;
  const lane = laneOf(draft.board, requireCard(command, draft.board, card.cardId));
  if (lane !== laneOf(before, card) && passesLimit(before, column, lane)) throw wipLimitReached(command, before, column);
}

function differing(card: Card, changes: CardChanges): CardChanges {
  const present = card as unknown as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(changes).filter(([field, value]) => value !== undefined && !same(present[field] ?? null, value)),
  );
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
