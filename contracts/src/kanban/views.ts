import { z } from 'zod';
import { defineView, type RowOf } from '../core/define.js';
import { Id, Int, Principal, Text, Time } from '../core/scalars.js';
import { BoardAccess, BoardPurpose, CardWish, LaneBy, MovedBy } from './board-events.js';
import { CardSource, Category, Column, NewCard, Rank } from './types.js';

const CardRow = z.object({
  cardId: Id,
  number: Int,
  title: Text,
  columnId: Id,
  category: Category,
  rank: Rank,
  priority: NewCard.shape.priority,
  labels: z.array(z.string()),
  assignees: z.array(Principal),
  laneId: z.string().optional(),
  dueAt: z.string().optional(),
  estimate: z.number().optional(),
  parentId: Id.optional(),
  color: z.string().optional(),
  fields: NewCard.shape.fields,
  /** What the card mirrors; such a card changes category only with it. */
  source: CardSource.optional(),
  sourceRevision: Int.optional(),
  overLimit: z.boolean(),
  blocked: z.object({ reason: Text, failed: z.boolean(), since: Time }).optional(),
  /** Asked of the owner of the mirrored work and not answered yet. */
  pending: z.object({ requestId: Id, wants: CardWish, targetColumnId: Id, since: Time }).optional(),
  declined: z.object({ code: z.string(), at: Time }).optional(),
  createdAt: Time,
  movedAt: Time,
  movedBy: Principal,
  moved: MovedBy,
  finishedAt: Time.optional(),
});

/** Who sees a board that is not everybody's. */
const guarded = {
  visibility: z.literal('members').optional(),
  members: z.record(Principal, BoardAccess).optional(),
};

export const boardView = defineView({
  kind: 'board',
  context: 'kanban',
  permission: 'board:read',
  id: 'boardId',
  rows: {
    board: z.object({
      boardId: Id,
      name: Text,
      key: z.string(),
      purpose: BoardPurpose,
      laneBy: LaneBy,
      ...guarded,
      /** Revision of the board's stream, for `seenRevision`. */
      revision: Int,
    }),
    column: Column,
    card: CardRow,
  },
});

export const boardsView = defineView({
  kind: 'boards',
  context: 'kanban',
  permission: 'board:read',
  id: 'all',
  rows: {
    board: z.object({
      boardId: Id,
      name: Text,
      key: z.string(),
      purpose: BoardPurpose,
      ...guarded,
      columns: z.array(z.object({ columnId: Id, name: Text, category: Category, rank: Rank, count: Int })),
    }),
  },
});

export type BoardRow = RowOf<typeof boardView, 'board'>;
export type CardRow = RowOf<typeof boardView, 'card'>;
export type BoardSummaryRow = RowOf<typeof boardsView, 'board'>;
