import type { BoardEvent, CardSource, Column } from '@agencyos/contracts';
import { type Board, type Card, cardOf, categoryOf, columnFor, columnOf, laneOf, passesLimit } from './board.js';
import type { Of } from './command.js';
import { Draft } from './draft.js';
import { ranksAtEnd } from './placement.js';

/** Follows the mirrored work. Never refused: what is older than seen, or about no card of this board, is nothing to do. */
export function syncCard({ data }: Of<'SyncCard'>, board: Board): BoardEvent[] {
  const card = cardOf(board, data.cardId);
  if (!card || !mirrors(card, data.source) || data.sourceRevision <= (card.sourceRevision ?? -1)) return [];
  const draft = new Draft(board);
  follow(draft, card, data);
  const about = { boardId: data.boardId, cardId: data.cardId };
  if (data.assignees && data.assignees.join() !== card.assignees.join()) {
    draft.record({ type: 'CardAssigned', data: { ...about, assignees: data.assignees } });
  }
  if (data.failed !== undefined && !(card.blocked?.failed && card.blocked.reason === data.failed)) {
    const { failed: reason, sourceRevision } = data;
    draft.record({ type: 'CardBlocked', data: { ...about, reason, failed: true, sourceRevision } });
  }
  if (data.failed === undefined && card.blocked?.failed) draft.record({ type: 'CardUnblocked', data: about });
  return draft.events;
}

function follow(draft: Draft, card: Card, { category, sourceRevision, failed }: Of<'SyncCard'>['data']): void {
  const { board } = draft;
  const present = columnOf(board, card.columnId) as Column;
  const chosen = card.pending && columnOf(board, card.pending.targetColumnId);
  const target = columnFor(board, category);
  const granted = failed === undefined && chosen !== undefined && chosen.category === target.category;
  const column = granted ? chosen : present.category === target.category ? present : target;
  if (column === present && !granted) return;
  const stays = column === present;
  draft.record({
    type: 'CardMoved',
    data: {
      boardId: board.boardId,
      cardId: card.cardId,
      fromColumnId: present.columnId,
      toColumnId: column.columnId,
      fromCategory: categoryOf(board, card),
      category: column.category,
      rank: stays ? card.rank : (ranksAtEnd(board, column.columnId, 1)[0] as string),
      moved: 'source',
      sourceRevision,
      ...(granted && card.pending && { requestId: card.pending.requestId }),
      overLimit: !stays && passesLimit(board, column, laneOf(board, card)),
    },
  });
}

function mirrors({ source }: Card, owner: CardSource): boolean {
  if (!source || source.kind !== owner.kind) return false;
  if (source.kind === 'incident') return owner.kind === 'incident' && source.incidentId === owner.incidentId;
  if (owner.kind === 'incident' || source.runId !== owner.runId) return false;
  return source.kind === 'run' || (owner.kind === 'task' && source.taskId === owner.taskId);
}

/** The owner refused what a person had asked for. Heard even when a move has ended the request meanwhile. */
export function declineCardAction({ data }: Of<'DeclineCardAction'>, board: Board): BoardEvent[] {
  return cardOf(board, data.cardId)?.unanswered === data.requestId ? [{ type: 'CardActionDeclined', data }] : [];
}
