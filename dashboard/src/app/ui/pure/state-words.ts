/** What a thing's state looks like, and its word. */
export type State =
  'todo' | 'ready' | 'progress' | 'waiting' | 'review' | 'done' | 'failed' | 'cancelled' | 'healing' | 'warn';

export const STATE_WORDS: Record<State, string> = {
  todo: 'Todo',
  ready: 'Ready',
  progress: 'In progress',
  waiting: 'Waiting for a person',
  review: 'In review',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  healing: 'Healing',
  warn: 'Warning',
};
