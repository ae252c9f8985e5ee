import type { TaskRow } from '@agencyos/contracts';

type Placed = Pick<TaskRow, 'taskId' | 'needs' | 'within'>;

/**
 * The tasks with what each really follows, so that a group is read from left to right, too: what begins inside follows what
 * the group needs, and the group, which ends there, follows what ends inside.
 */
export function alongGroups<T extends Placed>(tasks: readonly T[]): T[] {
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  const inside = new Map<string, T[]>();
  for (const task of tasks) {
    if (!task.within) continue;
    const parts = inside.get(task.within);
    if (parts) parts.push(task);
    else inside.set(task.within, [task]);
  }
  const begins = ({ needs, within }: Placed): TaskRow['needs'] => {
    const group = within && byId.get(within);
    return needs.length > 0 || !group ? needs : begins(group);
  };
  return tasks.map((task) => {
    const parts = inside.get(task.taskId) ?? [];
    const needed = new Set(parts.flatMap(({ needs }) => needs));
    const ends = parts.map((part) => part.taskId).filter((taskId) => !needed.has(taskId));
    return { ...task, needs: ends.length > 0 ? ends : begins(task) };
  });
}
