import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { limitedList, limitedString, limitedText } from '../core/limited.js';
import { alreadyExists, invalid } from '../core/refusals.js';
import { Id, Int, MintedId, Principal, Slug, TaskId, Time } from '../core/scalars.js';
import { BOARD_ACCESS, BoardPurpose, BoardVisibility, LaneBy } from './board-events.js';
import {
  cardFollowsSource,
  confirmationRequired,
  keyInvalid,
  lastMember,
  notFound,
  staleColumn,
  unknownColumn,
  wipLimit,
} from './refusals.js';
import { Category, Column, NewCard, Rank } from './types.js';

/** What boards accept at most. */
export const BOARD_LIMITS = { titleCharacters: 500, columns: 50, cardsPerCommand: 200, labels: 20 } as const;

const title = limitedText(BOARD_LIMITS.titleCharacters);
const label = limitedString(100);
const color = limitedString(32);
const column = z.strictObject({
  ...Column.shape,
  columnId: MintedId,
  name: limitedText(100),
  rank: Rank.max(32),
  wipLimit: z.int().min(1).max(10_000).optional(),
  color: color.optional(),
  policy: limitedText().optional(),
  autoArchiveMs: z.int().min(60_000).optional(),
});
const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('task'), runId: Id, taskId: TaskId }),
  z.strictObject({ kind: z.literal('run'), runId: Id }),
  z.strictObject({ kind: z.literal('incident'), incidentId: Id }),
]);
const fields = z
  .record(Slug, z.union([limitedText(500), z.number(), z.boolean()]))
  .refine((value) => Object.keys(value).length <= 50, {
    error: 'must have at most 50 fields',
    params: { limit: 50 },
  });
const card = {
  title,
  priority: NewCard.shape.priority,
  labels: limitedList(label, BOARD_LIMITS.labels),
  laneId: limitedString(100),
  dueAt: Time,
  estimate: z.number().min(0).max(1_000_000),
  parentId: Id,
  color,
  fields,
};
const newCard = z.strictObject({
  ...card,
  cardId: MintedId,
  assignees: limitedList(Principal, 20),
  laneId: card.laneId.optional(),
  dueAt: card.dueAt.optional(),
  estimate: card.estimate.optional(),
  parentId: card.parentId.optional(),
  color: card.color.optional(),
  fields: card.fields.optional(),
  /** Only services may state it: the card then follows that work. */
  source: source.optional(),
  /** Where it goes: the column, else the first one of the category, else the first `todo`. */
  columnId: Id.optional(),
  category: Category.optional(),
});
const changes = z
  .strictObject({
    ...card,
    laneId: card.laneId.nullable(),
    dueAt: card.dueAt.nullable(),
    estimate: card.estimate.nullable(),
    parentId: card.parentId.nullable(),
    color: card.color.nullable(),
    fields: card.fields.nullable(),
  })
  .partial();
const cardIds = limitedList(Id, BOARD_LIMITS.cardsPerCommand).min(1);

export const boardCommands = defineCommands('kanban', 'board', 'boardId', {
  OpenBoard: {
    permission: ['board:write'],
    services: ['kanban'],
    mints: ['boardId', 'columns.*.columnId'],
    refusals: [alreadyExists, keyInvalid],
    data: z.strictObject({
      boardId: MintedId,
      name: limitedText(200),
      /** Two to ten capitals and digits; numbers of cards carry it (`REL-12`). */
      key: z.string().max(32),
      purpose: BoardPurpose,
      columns: limitedList(column, BOARD_LIMITS.columns).min(1),
      laneBy: LaneBy,
      /** `members`: whoever opens it is its first member. Offered from level 2 on. */
      visibility: BoardVisibility,
      fromBoardId: Id.optional(),
    }),
  },
  ChangeBoard: {
    permission: ['board:admin'],
    since: 2,
    refusals: [notFound],
    data: z.strictObject({ boardId: Id, name: limitedText(200).optional(), visibility: BoardVisibility.optional() }),
  },
  /** `none` takes the access away. A group or role stands for all who are in it. */
  SetBoardMember: {
    permission: ['board:admin'],
    since: 2,
    refusals: [notFound, lastMember],
    data: z.strictObject({ boardId: Id, principal: Principal, access: z.enum(['none', ...BOARD_ACCESS]) }),
  },
  AddColumn: {
    permission: ['board:write'],
    mints: ['column.columnId'],
    refusals: [notFound, invalid, alreadyExists],
    data: z.strictObject({ boardId: Id, column }),
  },
  AddCards: {
    permission: ['board:write'],
    services: ['kanban'],
    mints: ['cards.*.cardId'],
    refusals: [notFound, invalid, alreadyExists, unknownColumn, wipLimit],
    data: z.strictObject({
      boardId: Id,
      cards: limitedList(newCard, BOARD_LIMITS.cardsPerCommand).min(1),
      importId: Id.optional(),
    }),
  },
  MoveCards: {
    permission: ['board:write'],
    refusals: [notFound, invalid, unknownColumn, staleColumn, cardFollowsSource, confirmationRequired, wipLimit],
    data: z.strictObject({
      boardId: Id,
      cardIds,
      toColumnId: Id,
      /** The neighbours that the card shall stand between; at the end when neither is there. */
      beforeId: Id.optional(),
      afterId: Id.optional(),
      laneId: card.laneId.optional(),
      /** What the mover saw: the column, or the board's revision. Agents must send one of them. */
      seenColumnId: Id.optional(),
      seenRevision: Int.optional(),
      /** Said after `confirmation_required`: yes, stop the running attempt. */
      confirmed: z.boolean().optional(),
    }),
  },
  EditCards: {
    permission: ['board:write'],
    refusals: [notFound, cardFollowsSource, wipLimit],
    data: z.strictObject({ boardId: Id, cardIds, changes }),
  },
  AssignCard: {
    permission: ['board:write'],
    refusals: [notFound, cardFollowsSource, wipLimit],
    data: z.strictObject({ boardId: Id, cardId: Id, assignees: limitedList(Principal, 20) }),
  },
  ArchiveCards: {
    permission: ['board:write'],
    services: ['kanban'],
    refusals: [notFound, invalid, cardFollowsSource],
    data: z.strictObject({ boardId: Id, cardIds, why: z.enum(['person', 'auto', 'rule']) }),
  },
  SyncCard: {
    permission: [],
    services: ['kanban'],
    refusals: [notFound],
    data: z.strictObject({
      boardId: Id,
      cardId: Id,
      source,
      /** Revision of the owner's stream; an older one than seen is nothing to do. */
      sourceRevision: Int,
      category: Category,
      /** Why the mirrored work failed; absent clears it. */
      failed: limitedText().optional(),
      assignees: limitedList(Principal, 20).optional(),
    }),
  },
  DeclineCardAction: {
    permission: [],
    services: ['kanban'],
    refusals: [notFound],
    data: z.strictObject({ boardId: Id, cardId: Id, requestId: Id, code: limitedString(64) }),
  },
});

export type BoardCommand = CommandOf<typeof boardCommands>;
