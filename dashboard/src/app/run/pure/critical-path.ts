import type { TaskRow } from '@agencyos/contracts';

type Timed = Pick<TaskRow, 'taskId' | 'needs' | 'readyAt' | 'startedAt' | 'endedAt'>;

/**
 * The chain that decided when the run got as far as it is: from the task that ended last (or still goes on) back
 * through the dependency that each had to wait for longest.
 */
export function criticalPath(tasks: readonly Timed[], now: number): Set<string> {
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  const path = new Set<string>();
  let at = latest(tasks, now);
  while (at && !path.has(at.taskId)) {
    path.add(at.taskId);
    const needs: Timed[] = at.needs.flatMap((need) => byId.get(need) ?? []);
    at = latest(needs, now);
  }
  return path;
}

function latest(tasks: readonly Timed[], now: number): Timed | undefined {
  let found: Timed | undefined;
  let foundEnd = -1;
  for (const task of tasks) {
    const end = endOf(task, now);
    if (end > foundEnd) [found, foundEnd] = [task, end];
  }
  return found;
}

function endOf({ readyAt, startedAt, endedAt }: Timed, now: number): number {
  if (endedAt) return Date.parse(endedAt);
  return startedAt || readyAt ? now : -1;
}
