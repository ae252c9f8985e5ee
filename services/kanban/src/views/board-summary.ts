import { boardEvents, boardsView, boardView, type BoardSummaryRow, type Column, type FactOf } from '@agencyos/contracts';
import { changesBy, type Rows, unchanged } from '@agencyos/runtime';
import { withMember } from '../board/members.js';

type Counted = BoardSummaryRow['columns'];

/** A board's row in the list of boards: its columns and how many cards each holds. Reads the cards as they were before. */
export const boardSummary = changesBy([boardEvents], {
  BoardOpened({ data: { boardId, name, key, purpose, columns, visibility } }, rows) {
    const members = visibility === 'members' && { visibility };
    const row = { boardId, name, key, purpose, ...members, columns: byRank(columns.map(empty)) };
    rows.of(boardsView, 'all').put(`board/${boardId}`, row);
  },
  async BoardChanged({ data }, rows) {
    const boards = rows.of(boardsView, 'all');
    const board = await boards.get(`board/${data.boardId}`);
    if (board) boards.put(`board/${data.boardId}`, changedBoard(board, data));
  },
  async BoardMemberSet({ data }, rows) {
    const boards = rows.of(boardsView, 'all');
    const board = await boards.get(`board/${data.boardId}`);
    if (board) boards.put(`board/${data.boardId}`, { ...board, members: withMember(board.members ?? {}, data) });
  },
  ColumnAdded: ({ data: { boardId, column } }, rows) => recount(boardId, rows, (columns) => byRank([...columns, empty(column)])),
  CardAdded: ({ data: { boardId, columnId } }, rows) =>
    recount(boardId, rows, (columns) => shifted(columns, undefined, columnId)),
  CardMoved: ({ data: { boardId, fromColumnId, toColumnId } }, rows) =>
    recount(boardId, rows, (columns) => shifted(columns, fromColumnId, toColumnId)),
  async CardArchived({ data: { boardId, cardId } }, rows) {
    const card = await rows.of(boardView, boardId).get(`card/${cardId}`);
    await recount(boardId, rows, (columns) => shifted(columns, card?.columnId, undefined));
  },
  CardsReranked: unchanged,
  CardEdited: unchanged,
  CardAssigned: unchanged,
  CardBlocked: unchanged,
  CardUnblocked: unchanged,
  CardActionRequested: unchanged,
  CardActionDeclined: unchanged,
});

type Change = Pick<Extract<FactOf<typeof boardEvents>, { type: 'BoardChanged' }>['data'], 'name' | 'visibility'>;
type Named = Pick<BoardSummaryRow, 'name' | 'visibility'>;

export function changedBoard<R extends Named>(board: R, { name = board.name, visibility = board.visibility }: Change): R {
  const { visibility: _, ...rest } = board;
  return { ...rest, name, ...(visibility === 'members' && { visibility }) } as R;
}

async function recount(boardId: string, rows: Rows, change: (columns: Counted) => Counted): Promise<void> {
  const boards = rows.of(boardsView, 'all');
  const board = await boards.get(`board/${boardId}`);
  if (!board) return;
  const columns = change(board.columns);
  if (columns !== board.columns) boards.put(`board/${boardId}`, { ...board, columns });
}

function shifted(columns: Counted, from: string | undefined, to: string | undefined): Counted {
  if (from === to) return columns;
  return columns.map((column) => {
    const by = Number(column.columnId === to) - Number(column.columnId === from);
    return by === 0 ? column : { ...column, count: column.count + by };
  });
}

const empty = ({ columnId, name, category, rank }: Column): Counted[number] => ({
  columnId,
  name,
  category,
  rank,
  count: 0,
});

const byRank = (columns: Counted): Counted => columns.toSorted((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
