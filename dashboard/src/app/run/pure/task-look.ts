import type { RunState, TaskRow, TaskState } from '@agencyos/contracts';
import type { State } from '../../ui/pure/state-words';

const TASK_GLYPHS: Record<TaskState, State> = {
  planned: 'todo',
  queued: 'ready',
  ready: 'ready',
  leased: 'progress',
  stopping: 'progress',
  waiting: 'waiting',
  between: 'ready',
  open: 'progress',
  succeeded: 'done',
  failed: 'failed',
  skipped: 'cancelled',
  cancelled: 'cancelled',
};

export const TASK_STATE_WORDS: Record<TaskState, string> = {
  planned: 'Not started',
  queued: 'Queued',
  ready: 'Waits for an agent',
  leased: 'Running',
  stopping: 'Stopping',
  waiting: 'Waits for a person',
  between: 'Between attempts',
  open: 'Running',
  succeeded: 'Done',
  failed: 'Failed',
  skipped: 'Skipped',
  cancelled: 'Cancelled',
};

const RUN_GLYPHS: Record<RunState, State> = {
  running: 'progress',
  paused: 'ready',
  cancelling: 'progress',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

export const RUN_STATE_WORDS: Record<RunState, string> = {
  running: 'Running',
  paused: 'Paused',
  cancelling: 'Cancelling',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** What is ready and can be taken by nobody says so, instead of waiting in silence. */
export function nobodyFor(
  { state, role }: Pick<TaskRow, 'state' | 'role'>,
  roles: ReadonlySet<string> | undefined,
): string | undefined {
  if (state !== 'ready' || role === undefined || !roles || roles.has(role)) return undefined;
  return `Waits for an agent with role ${role}: none is registered`;
}

/** A newer server may know states that this page does not: they are shown as not started. */
export const taskStateOf = (state: TaskState): State => TASK_GLYPHS[state] ?? 'todo';
export const runStateOf = (state: RunState): State => RUN_GLYPHS[state] ?? 'todo';

const OVER = new Set<TaskState>(['succeeded', 'failed', 'skipped', 'cancelled']);
export const isOver = ({ state }: Pick<TaskRow, 'state'>): boolean => OVER.has(state);
export const isFuture = ({ state }: Pick<TaskRow, 'state'>): boolean => state === 'planned';
