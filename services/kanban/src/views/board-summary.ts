import type { BoardEvent, BoardSummaryRow, CardRow, Column } from '@agencyos/contracts';
import type { Rows } from '@agencyos/runtime';

type Counted = BoardSummaryRow['columns'];

/** Keeps a board's row of the list: its columns and how many cards each holds. `card` is the card before the event. */
export async function summarise(event: BoardEvent, card: CardRow | undefined, rows: Rows): Promise<void> {
  const { boardId } = event.data;
  const key = `board/${boardId}`;
  if (event.type === 'BoardOpened') {
    const { name, key: letters, purpose, columns } = event.data;
    rows.put('boards', 'all', key, {
      boardId,
      name,
      key: letters,
      purpose,
      columns: byRank(columns.map(empty)),
    });
    return;
  }
  const board = await rows.get<BoardSummaryRow>('boards', 'all', key);
  if (!board) return;
  const columns = counted(board.columns, event, card);
  if (columns !== board.columns) rows.put('boards', 'all', key, { ...board, columns });
}

function counted(columns: Counted, event: BoardEvent, card: CardRow | undefined): Counted {
  switch (event.type) {
    case 'ColumnAdded':
      return byRank([...columns, empty(event.data.column)]);
    case 'CardAdded':
      return shifted(columns, undefined, event.data.columnId);
    case 'CardMoved':
      return shifted(columns, event.data.fromColumnId, event.data.toColumnId);
    case 'CardArchived':
      return shifted(columns, card?.columnId, undefined);
    default:
      return columns;
  }
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

const byRank = (columns: Counted): Counted =>
  columns.toSorted((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
