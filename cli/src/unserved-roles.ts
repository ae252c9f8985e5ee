import type { AgentRow, TaskRow } from '@agencyos/contracts';
import { printable } from './printer.js';

/** Roles that some agent is registered for; people do what is of the role `human`. */
export const rolesOf = (agents: readonly AgentRow[]): ReadonlySet<string> =>
  new Set(['human', ...agents.flatMap(({ roles }) => roles)]);

/** What is ready and can be taken by nobody: one sentence per task, by the attempt that waits. */
export function unserved(tasks: readonly TaskRow[], roles: ReadonlySet<string>): Map<string, string> {
  const waits = ({ state, role }: TaskRow) => state === 'ready' && role !== undefined && !roles.has(role);
  return new Map(
    tasks
      .filter(waits)
      .map(({ taskId, attempt, title, role }) => [
        `${taskId}/${attempt}`,
        `! ${printable(title)} waits for an agent with role ${role}: none is registered`,
      ]),
  );
}
