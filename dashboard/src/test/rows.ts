import type { CardRow, Column, TaskBadgeRow, TaskRow } from '@agencyos/contracts';

const T0 = Date.parse('2026-11-22T10:00:00.000Z');
/** A moment so many seconds after the tests' beginning. */
export const at = (seconds: number): string => new Date(T0 + seconds * 1000).toISOString();
export const ms = (seconds: number): number => T0 + seconds * 1000;

export function column(
  name: string,
  category: Column['category'],
  rank: string,
  more: Partial<Column> = {},
): Column {
  return { columnId: name, name, category, rank, wipMode: 'hard', perLane: false, ...more } as Column;
}

export const COLUMNS: Column[] = [
  column('todo', 'todo', 'a'),
  column('doing', 'doing', 'b', { wipLimit: 2 }),
  column('review', 'review', 'c'),
  column('done', 'done', 'd'),
];

export function card(
  cardId: string,
  category: CardRow['category'],
  rank: string,
  more: Partial<CardRow> = {},
): CardRow {
  return {
    cardId,
    number: 1,
    title: cardId,
    columnId: category,
    category,
    rank,
    priority: 'normal',
    labels: [],
    assignees: [],
    overLimit: false,
    createdAt: at(0),
    movedAt: at(0),
    movedBy: 'service:kanban',
    moved: 'source',
    ...more,
  } as CardRow;
}

export const ofTask = (taskId: string, more: Partial<CardRow> = {}): Partial<CardRow> =>
  ({ source: { kind: 'task', runId: 'r1', taskId }, sourceRevision: 3, ...more }) as Partial<CardRow>;

export function badge(
  taskId: string,
  state: TaskBadgeRow['state'],
  more: Partial<TaskBadgeRow> = {},
): TaskBadgeRow {
  return { runId: 'r1', taskId, state, attempt: 1, role: 'check', ...more } as TaskBadgeRow;
}

export function task(taskId: string, needs: string[], more: Partial<TaskRow> = {}): TaskRow {
  return {
    taskId,
    nodeId: taskId,
    title: taskId,
    kind: 'task',
    role: 'check',
    needs,
    state: 'planned',
    attempt: 1,
    attempts: [],
    handoffs: [],
    cardId: `card-${taskId}`,
    ...more,
  } as TaskRow;
}
