import { LIMITS, type RunEvent } from '@agencyos/contracts';
import { type Refusable, rejection } from '@agencyos/decider';
import { taskIdOf, type WorkflowDefinition } from '../workflow/workflow-definition.js';
import type { Run } from './run-state.js';
import { endedWell, isActive, isTerminal, type Task } from './task.js';

/**
 * A task that failed begins again, with all that was given up because of it; a guarded one with its gate, since doing it
 * again needs a new approval. Was its group decided, or has the run ended while it was open, then with all of the group that
 * has not ended well; a group that never began, with all that stands inside.
 */
export function reopened(command: Refusable<'not_stoppable'>, run: Run, task: Task, definition: WorkflowDefinition): RunEvent {
  const { tasks } = run;
  if (task.rule) throw notStoppable(command, task, 'It is a group: begin again what failed inside of it.');
  const reset = new Set<string>();
  const open: string[] = [];
  const begin = ({ taskId, nodeId }: Task) => {
    if (reset.has(taskId)) return;
    reset.add(taskId);
    open.push(taskId);
    const { after } = definition.byId.get(nodeId)!;
    if (after !== undefined) begin(tasks.get(taskIdOf(definition, after))!);
  };
  const beginInside = (group: Task): void => {
    begin(group);
    for (const child of tasks.childrenOf(group.taskId)) {
      if (endedWell(child)) continue;
      if (isActive(child) || (child.doomed && !isTerminal(child)))
        throw notStoppable(command, task, `${child.taskId} is still stopping. Try again when it has ended.`);
      beginInside(child);
    }
  };
  beginInside(task);
  const isOver = run.status !== 'running';
  for (let group = groupOf(run, task); group && (isOver || isTerminal(group)); group = groupOf(run, group)) {
    if (endedWell(group)) throw notStoppable(command, task, `${group.title} is decided without it.`);
    beginInside(group);
  }
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const dependent of tasks.dependentsOf(id)) {
      const { state } = tasks.get(dependent)!;
      if (state === 'skipped' || state === 'cancelled') beginInside(tasks.get(dependent)!);
    }
  }
  if (reset.size > LIMITS.listItems) {
    const detail = `It would begin ${reset.size} tasks again; start a new run instead.`;
    throw rejection(command, 'not_stoppable', { limit: LIMITS.listItems, detail });
  }
  return {
    type: 'RunReopened',
    data: { runId: run.runId, fromTaskIds: [task.taskId], resetTaskIds: [...reset] },
  };
}

const groupOf = ({ tasks }: Run, { within }: Task) => (within === undefined ? undefined : tasks.get(within));

export const notStoppable = (command: Refusable<'not_stoppable'>, task: Task, detail: string) =>
  rejection(command, 'not_stoppable', { state: task.state, detail });
