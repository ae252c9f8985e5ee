import {
  type BoardCommand,
  type BoardEvent,
  type CardSource,
  type Category,
  type Column,
  deriveId,
  text,
} from '@agencyos/contracts';

/** Names of a scenario become ids: `id('todo')` is the same everywhere. */
export const id = (name: string): string => deriveId('0190b1c2-0000-7000-8000-000000000001', name);

export const boardId = id('board');
export const person = { actor: 'user:0190b1c2-0000-7000-8000-0000000000aa' };
export const agent = { actor: 'agent:writer', sender: 'agent_writer' };
export const kanban = { actor: 'service:kanban', sender: 'kanban' };

export const column = (category: Category, rank: string, more: Partial<Column> = {}): Column => ({
  columnId: id(category),
  name: text(category),
  category,
  rank,
  wipMode: 'hard',
  perLane: false,
  ...more,
});

type Data<T extends BoardCommand['type']> = Extract<BoardCommand, { type: T }>['data'];
type Fact<T extends BoardEvent['type']> = Extract<BoardEvent, { type: T }>['data'];

const columns = [column('todo', 'a0'), column('doing', 'a1', { wipLimit: 2 }), column('review', 'a2'), column('done', 'a3')];

export const openBoard = (more: Partial<Data<'OpenBoard'>> = {}): BoardCommand => ({
  type: 'OpenBoard',
  data: {
    boardId,
    name: text('Board'),
    key: 'REL',
    purpose: 'work',
    columns,
    laneBy: 'none',
    visibility: 'all',
    ...more,
  },
});

export const opened = (more: Partial<Fact<'BoardOpened'>> = {}): BoardEvent => ({
  type: 'BoardOpened',
  data: { ...(openBoard().data as Fact<'BoardOpened'>), ...more },
});

/** `number` decides the rank too: card 1 stands before card 2. */
export const added = (name: string, number: number, more: Partial<Fact<'CardAdded'>> = {}): BoardEvent => ({
  type: 'CardAdded',
  data: {
    boardId,
    ...newCard(name),
    number,
    columnId: id('todo'),
    category: 'todo',
    rank: `a${number}`,
    overLimit: false,
    ...more,
  },
});

export const newCard = (name: string) => ({
  cardId: id(name),
  title: text(name),
  priority: 'normal' as const,
  labels: [],
  assignees: [],
});

export const moved = (name: string, from: Category, to: Category, more: Partial<Fact<'CardMoved'>> = {}): BoardEvent => ({
  type: 'CardMoved',
  data: {
    boardId,
    cardId: id(name),
    fromColumnId: id(from),
    toColumnId: id(to),
    fromCategory: from,
    category: to,
    rank: 'a0',
    moved: 'person',
    overLimit: false,
    ...more,
  },
});

export const runId = id('run');
export const taskSource = (taskId: string): CardSource => ({ kind: 'task', runId, taskId });

export const addCards = (...cards: Data<'AddCards'>['cards']): BoardCommand => ({
  type: 'AddCards',
  data: { boardId, cards },
});

export const move = (names: string | string[], to: Category, more: Partial<Data<'MoveCards'>> = {}): BoardCommand => ({
  type: 'MoveCards',
  data: { boardId, cardIds: [names].flat().map(id), toColumnId: id(to), ...more },
});

export const sync = (
  name: string,
  sourceRevision: number,
  category: Category,
  more: Partial<Data<'SyncCard'>> = {},
): BoardCommand => ({
  type: 'SyncCard',
  data: { boardId, cardId: id(name), source: taskSource(name), sourceRevision, category, ...more },
});

/** A card that mirrors the task of its name. */
export const mirrored = (name: string, number: number, more: Partial<Fact<'CardAdded'>> = {}): BoardEvent =>
  added(name, number, { source: taskSource(name), ...more });

export const followed = (
  name: string,
  sourceRevision: number,
  from: Category,
  to: Category,
  more: Partial<Fact<'CardMoved'>> = {},
) => moved(name, from, to, { moved: 'source', sourceRevision, ...more });
