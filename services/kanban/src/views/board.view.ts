import { boardEvents, boardsView, boardView, type CardRow, type FactOf } from '@agencyos/contracts';
import { changesBy, defineProjection, type Rows } from '@agencyos/runtime';
import { withMember } from '../board/members.js';
import { boardSummary, changedBoard } from './board-summary.js';
import { addedCard, editedCard, movedCard } from './card-row.js';

type BoardFact = FactOf<typeof boardEvents>;
type CardFact = Extract<BoardFact, { data: { cardId: string } }>;

/** The board page: the board, its columns and its open cards. */
const boardPage = changesBy([boardEvents], {
  BoardOpened(fact, rows) {
    const { boardId, name, key, purpose, laneBy, columns, visibility } = fact.data;
    const members = visibility === 'members' && { visibility };
    const page = rows.of(boardView, boardId);
    page.put('board', { boardId, name, key, purpose, laneBy, ...members, revision: fact.revision });
    for (const column of columns) page.put(`column/${column.columnId}`, column);
  },
  async BoardChanged(fact, rows) {
    const page = rows.of(boardView, fact.data.boardId);
    const board = await page.get('board');
    if (board) page.put('board', { ...changedBoard(board, fact.data), revision: fact.revision });
  },
  async BoardMemberSet(fact, rows) {
    const page = rows.of(boardView, fact.data.boardId);
    const board = await page.get('board');
    if (board) page.put('board', { ...board, members: withMember(board.members ?? {}, fact.data), revision: fact.revision });
  },
  async ColumnAdded(fact, rows) {
    const { column } = fact.data;
    (await touched(fact, rows)).put(`column/${column.columnId}`, column);
  },
  async CardAdded(fact, rows) {
    const { boardId: _, importId: _importId, ...card } = fact.data;
    (await touched(fact, rows)).put(`card/${card.cardId}`, addedCard(card, fact.metadata));
  },
  async CardsReranked(fact, rows) {
    const page = await touched(fact, rows);
    for (const { cardId, rank } of fact.data.ranks) {
      const card = await page.get(`card/${cardId}`);
      if (card) page.put(`card/${cardId}`, { ...card, rank });
    }
  },
  async CardArchived(fact, rows) {
    (await touched(fact, rows)).del(`card/${fact.data.cardId}`);
  },
  CardMoved: (fact, rows) => changeCard(fact, rows, (card) => movedCard(card, fact)),
  CardEdited: (fact, rows) => changeCard(fact, rows, (card) => editedCard(card, fact.data.changes)),
  CardAssigned: (fact, rows) => changeCard(fact, rows, (card) => ({ ...card, assignees: fact.data.assignees })),
  CardBlocked(fact, rows) {
    const { reason, failed, sourceRevision } = fact.data;
    const blocked = { reason, failed, since: fact.metadata.recordedAt };
    const followed = sourceRevision !== undefined && { sourceRevision };
    return changeCard(fact, rows, (card) => ({ ...card, blocked, ...followed }));
  },
  CardUnblocked: (fact, rows) => changeCard(fact, rows, ({ blocked: _, ...card }) => card),
  CardActionRequested(fact, rows) {
    const { requestId, wants, targetColumnId } = fact.data;
    const pending = { requestId, wants, targetColumnId, since: fact.metadata.recordedAt };
    return changeCard(fact, rows, ({ declined: _, ...card }) => ({ ...card, pending }));
  },
  CardActionDeclined(fact, rows) {
    const { requestId, code } = fact.data;
    const declined = { code, at: fact.metadata.recordedAt };
    return changeCard(fact, rows, ({ pending, ...card }) => ({
      ...card,
      ...(pending && pending.requestId !== requestId && { pending }),
      declined,
    }));
  },
});

/** The board page, and the board's row in the list of boards. */
export const boardProjection = defineProjection([boardView, boardsView], {
  name: 'board',
  version: 2,
  changes: [boardSummary, boardPage],
});

/** The board's rows, with its revision as of the fact. */
async function touched({ data: { boardId }, revision }: BoardFact, rows: Rows) {
  const page = rows.of(boardView, boardId);
  const board = await page.get('board');
  if (board) page.put('board', { ...board, revision });
  return page;
}

async function changeCard(fact: CardFact, rows: Rows, change: (card: CardRow) => CardRow): Promise<void> {
  const page = await touched(fact, rows);
  const { cardId } = fact.data;
  const card = await page.get(`card/${cardId}`);
  if (card) page.put(`card/${cardId}`, change(card));
}
