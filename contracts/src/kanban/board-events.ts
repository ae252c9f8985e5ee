import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Id, Int, Principal, Text } from '../core/scalars.js';
import { CardChanges, CardSource, Category, Column, NewCard, Rank } from './types.js';

export const BoardPurpose = z.enum(['work', 'operations', 'template']);
export const LaneBy = z.enum(['none', 'assignee', 'priority', 'label', 'run', 'agent']);
/** `members`: nobody else sees it, nor what was started for it. */
export const BoardVisibility = z.enum(['all', 'members']);
/** Each has what the ones before have: see it; change its cards and start work for it; change the board itself. */
export const BOARD_ACCESS = ['view', 'edit', 'admin'] as const;
export const BoardAccess = z.enum(BOARD_ACCESS);

/** What a person asked the owner of a mirrored card for by dragging it. */
export const CardWish = z.enum(['requeue', 'cancel', 'claim', 'finish', 'acknowledge', 'resolve']);
/** Who moved a card: a person, an agent, a rule or service, or the work that the card mirrors. */
export const MovedBy = z.enum(['person', 'agent', 'rule', 'source']);

const board = { boardId: Id };
const card = { boardId: Id, cardId: Id };

export const boardEvents = defineEvents(
  'kanban',
  'board',
  {
    BoardOpened: z.object({
      ...board,
      name: Text,
      key: z.string(),
      purpose: BoardPurpose,
      columns: z.array(Column),
      laneBy: LaneBy,
      visibility: BoardVisibility,
      fromBoardId: Id.optional(),
    }),
    ColumnAdded: z.object({ ...board, column: Column }),
    CardAdded: z.object({
      ...board,
      ...NewCard.shape,
      number: Int,
      columnId: Id,
      category: Category,
      rank: Rank,
      overLimit: z.boolean(),
      importId: Id.optional(),
    }),
    CardMoved: z.object({
      ...card,
      fromColumnId: Id,
      toColumnId: Id,
      fromCategory: Category,
      category: Category,
      rank: Rank,
      laneId: z.string().optional(),
      moved: MovedBy,
      sourceRevision: Int.optional(),
      /** Set when the move grants a person's request. */
      requestId: Id.optional(),
      overLimit: z.boolean(),
    }),
    /** A gap had been halved too often: its neighbours, at most 200, stand as they stood, with room between them. */
    CardsReranked: z.object({
      ...board,
      columnId: Id,
      ranks: z.array(z.object({ cardId: Id, rank: Rank })),
    }),
    CardEdited: z.object({ ...card, changes: CardChanges }),
    CardAssigned: z.object({ ...card, assignees: z.array(Principal) }),
    CardArchived: z.object({ ...card, why: z.enum(['person', 'auto', 'rule']) }),
    CardBlocked: z.object({ ...card, reason: Text, failed: z.boolean(), sourceRevision: Int.optional() }),
    CardUnblocked: z.object(card),
    CardActionRequested: z.object({
      ...card,
      requestId: Id,
      wants: CardWish,
      source: CardSource,
      seenSourceRevision: Int,
      targetColumnId: Id,
    }),
    CardActionDeclined: z.object({ ...card, requestId: Id, code: z.string() }),
    BoardChanged: z.object({ ...board, name: Text.optional(), visibility: BoardVisibility.optional() }),
    BoardMemberSet: z.object({ ...board, principal: Principal, access: z.enum(['none', ...BOARD_ACCESS]) }),
  },
  { since: { BoardChanged: { 1: { level: 2 } }, BoardMemberSet: { 1: { level: 2 } } } },
);

export type BoardEvent = EventOf<typeof boardEvents>;
export type CardWish = z.infer<typeof CardWish>;
export type LaneBy = z.infer<typeof LaneBy>;
export type BoardVisibility = z.infer<typeof BoardVisibility>;
export type BoardAccess = z.infer<typeof BoardAccess>;
