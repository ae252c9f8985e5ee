import {
  type BoardEvent,
  type BoardRow,
  boardsView,
  boardView,
  type CardRow,
  type Fact,
} from '@agencyos/contracts';
import type { Projection, Rows } from '@agencyos/runtime';
import { summarise } from './board-summary.js';

/** The board page (columns and open cards) and the board's row in the list of boards. */
export const boardProjection: Projection = {
  name: 'board',
  version: 2,
  views: [boardView, boardsView],
  categories: ['board'],
  async project(fact: Fact, rows: Rows) {
    const event = fact as Fact & BoardEvent;
    const { boardId } = event.data;
    const card = await cardBefore(event, rows);
    const put = (key: string, value: unknown) => rows.put('board', boardId, key, value);
    await summarise(event, card, rows);
    await touch(fact, boardId, rows);
    switch (event.type) {
      case 'BoardOpened': {
        const { name, key, purpose, laneBy, columns, visibility } = event.data;
        const members = visibility === 'members' && { visibility };
        put('board', { boardId, name, key, purpose, laneBy, ...members, revision: fact.revision });
        for (const column of columns) put(`column/${column.columnId}`, column);
        return;
      }
      case 'ColumnAdded':
        return put(`column/${event.data.column.columnId}`, event.data.column);
      case 'CardAdded':
        return put(`card/${event.data.cardId}`, added(fact, event.data));
      case 'CardsReranked':
        for (const { cardId, rank } of event.data.ranks) {
          const row = await rows.get<CardRow>('board', boardId, `card/${cardId}`);
          if (row) put(`card/${cardId}`, { ...row, rank });
        }
        return;
      case 'CardArchived':
        return rows.del('board', boardId, `card/${event.data.cardId}`);
      default:
        if (card) put(`card/${event.data.cardId}`, changed(card, fact, event));
    }
  },
};

/** The card that the event is about, unless the event brings it: looking for what is new would cost a question each. */
async function cardBefore({ type, data }: BoardEvent, rows: Rows): Promise<CardRow | undefined> {
  if (type === 'CardAdded' || !('cardId' in data)) return undefined;
  return rows.get<CardRow>('board', data.boardId, `card/${data.cardId}`);
}

async function touch({ revision }: Fact, boardId: string, rows: Rows): Promise<void> {
  const board = await rows.get<BoardRow>('board', boardId, 'board');
  if (board) rows.put('board', boardId, 'board', { ...board, revision });
}

function added({ metadata }: Fact, data: Extract<BoardEvent, { type: 'CardAdded' }>['data']): CardRow {
  const { boardId: _, importId: _importId, ...card } = data;
  const { recordedAt: at, actor } = metadata;
  return {
    ...card,
    createdAt: at,
    movedAt: at,
    movedBy: actor,
    moved: card.source
      ? 'source'
      : actor.startsWith('user:')
        ? 'person'
        : actor.startsWith('agent:')
          ? 'agent'
          : 'rule',
    ...(isOver(card.category) && { finishedAt: at }),
  };
}

type OfCard = Exclude<BoardEvent, { type: 'BoardOpened' | 'ColumnAdded' | 'CardAdded' | 'CardArchived' | 'CardsReranked' }>;

function changed(card: CardRow, { metadata }: Fact, event: OfCard): CardRow {
  const { recordedAt: at, actor } = metadata;
  switch (event.type) {
    case 'CardMoved': {
      const { toColumnId, category, rank, laneId, moved, sourceRevision, overLimit } = event.data;
      const { pending: _, declined: _declined, finishedAt, ...rest } = card;
      return {
        ...rest,
        columnId: toColumnId,
        category,
        rank,
        moved,
        overLimit,
        movedAt: at,
        movedBy: metadata.onBehalfOf ?? actor,
        ...(laneId !== undefined && { laneId }),
        ...(sourceRevision !== undefined && { sourceRevision }),
        ...(isOver(category) && { finishedAt: isOver(card.category) && finishedAt ? finishedAt : at }),
      };
    }
    case 'CardEdited': {
      const entries = Object.entries({ ...card, ...event.data.changes });
      return Object.fromEntries(entries.filter(([, value]) => value !== null)) as unknown as CardRow;
    }
    case 'CardAssigned':
      return { ...card, assignees: event.data.assignees };
    case 'CardBlocked': {
      const { reason, failed, sourceRevision } = event.data;
      return {
        ...card,
        blocked: { reason, failed, since: at },
        ...(sourceRevision !== undefined && { sourceRevision }),
      };
    }
    case 'CardUnblocked': {
      const { blocked: _, ...rest } = card;
      return rest;
    }
    case 'CardActionRequested': {
      const { requestId, wants, targetColumnId } = event.data;
      const { declined: _, ...rest } = card;
      return { ...rest, pending: { requestId, wants, targetColumnId, since: at } };
    }
    case 'CardActionDeclined': {
      const { requestId, code } = event.data;
      const { pending, ...rest } = card;
      return {
        ...rest,
        ...(pending && pending.requestId !== requestId && { pending }),
        declined: { code, at },
      };
    }
  }
}

const isOver = (category: CardRow['category']): boolean => category === 'done' || category === 'cancelled';
