import type { TaskRow } from '@agencyos/contracts';
import { duration, elapsed } from '../../ui/pure/format';

/** The one fact on a node: how long, which attempt, what it waits for. */
export function taskFact(task: TaskRow, now: number): string {
  const since = task.startedAt ?? task.readyAt;
  const going = since ? now - Date.parse(since) : 0;
  switch (task.state) {
    case 'planned':
      return task.kind === 'gate' ? 'gate' : 'not started';
    case 'queued':
    case 'ready':
      return since ? `queued ${going < 60_000 ? elapsed(going) : duration(going)}` : 'queued';
    case 'between':
      return `attempt ${task.attempt} ended`;
    case 'leased':
      return task.attempt > 1 ? `attempt ${task.attempt}, ${duration(going)}` : elapsed(going);
    case 'stopping':
      return 'stopping';
    case 'waiting':
      return `waits ${elapsed(going)}`;
    case 'succeeded':
      return task.startedAt && task.endedAt
        ? duration(Date.parse(task.endedAt) - Date.parse(task.startedAt))
        : 'done';
    case 'failed':
      return task.attempts.length > 1 ? `failed, attempt ${task.attempt}` : 'failed';
    case 'skipped':
      return 'skipped';
    case 'cancelled':
      return 'cancelled';
    default:
      return task.state;
  }
}
