import {
  BOARD_LIMITS,
  type CardSource,
  type Category,
  type Fault,
  fitText,
  gateRefusal,
  ids,
  LIMITS,
  type NewCard,
  type PlannedTask,
  type RunEvent,
} from '@agencyos/contracts';

/** What a fact of a run's stream says about one card. */
export interface Sync {
  cardId: string;
  source: CardSource;
  category: Category;
  failed?: string;
}

/** A run's cards: one per task that asks for one, or one for the whole run. */
export type CardsOf = 'tasks' | 'run';

export function taskCards(runId: string, tasks: readonly PlannedTask[]): (NewCard & { category: Category })[] {
  return tasks
    .filter(({ card }) => card)
    .map(({ taskId, title, role }) => ({
      ...fresh(ids.taskCard(runId, taskId), title),
      labels: role === undefined ? [] : [role],
      source: { kind: 'task', runId, taskId },
    }));
}

export const runCard = (runId: string, name: string): NewCard & { category: Category } => ({
  ...fresh(ids.runCard(runId), name),
  source: { kind: 'run', runId },
});

const fresh = (cardId: string, title: string): NewCard & { category: Category } => ({
  cardId,
  title: fitText(title, BOARD_LIMITS.titleCharacters),
  priority: 'normal',
  labels: [],
  assignees: [],
  category: 'todo',
});

const failure = ({ message, code }: Fault): string => fitText(message, LIMITS.textCharacters, code);

/** Where a fact of the run puts the cards of its tasks. */
export function taskSyncs({ type, data }: RunEvent): Sync[] {
  const { runId } = data;
  const to = (taskId: string, category: Category, failed?: string): Sync[] => [
    {
      cardId: ids.taskCard(runId, taskId),
      source: { kind: 'task', runId, taskId },
      category,
      ...(failed !== undefined && { failed }),
    },
  ];
  switch (type) {
    case 'TaskScheduled':
    case 'TaskReleased':
    case 'TaskHandedOff':
      return to(data.taskId, 'todo');
    case 'RunReopened':
      return data.resetTaskIds.flatMap((taskId) => to(taskId, 'todo'));
    case 'TaskLeased':
      return to(data.taskId, 'doing');
    case 'GateReached':
      return to(data.taskId, 'review');
    case 'TaskFailed':
      return to(data.taskId, 'todo', data.final ? failure(data.fault) : undefined);
    case 'TaskLeaseExpired':
      return to(data.taskId, 'todo', data.final ? 'Its worker was lost too often' : undefined);
    case 'GateRefused':
      return to(data.taskId, 'todo', gateRefusal(data));
    case 'TaskSucceeded':
    case 'GateOpened':
      return to(data.taskId, 'done');
    // Nothing was done: where the board has a column for that it stands there, else its badge says so.
    case 'TaskSkipped':
    case 'TaskCancelled':
      return to(data.taskId, 'cancelled');
    default:
      return [];
  }
}

/** Where a fact of the run puts the run's own card. */
export function runSyncs({ type, data }: RunEvent): Sync[] {
  const { runId } = data;
  const own = { cardId: ids.runCard(runId), source: { kind: 'run', runId } } as const;
  switch (type) {
    case 'RunStarted':
    case 'RunReopened':
      return [{ ...own, category: 'doing' }];
    case 'RunSucceeded':
      return [{ ...own, category: 'done' }];
    case 'RunFailed':
      return [{ ...own, category: 'todo', failed: failure(data.fault) }];
    case 'RunCancelled':
      return [{ ...own, category: 'cancelled' }];
    default:
      return [];
  }
}
