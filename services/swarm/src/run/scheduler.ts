import { LIMITS, text, type PlannedTask, type RunEvent } from '@agencyos/contracts';
import { kindOf } from '../kinds/index.js';
import type { WorkflowDefinition, WorkflowNode } from '../workflow/workflow-definition.js';
import { end, windDown } from './end-run.js';
import type { RunPrepared } from './run-command.js';
import type { Run } from './run-state.js';
import { verdict } from './scope.js';
import { wantsAttention, type Task } from './task.js';
import { PER_APPEND, Unfolding } from './unfolding.js';

/** Tasks under way at once; so that cancelling them all is one append. */
const MAX_ACTIVE = 450;
const PER_PLAN = { tasks: 200, bytes: LIMITS.eventBytes - 16 * 1024 };

/**
 * What becomes true in the same append as what has just happened: tasks planned, scheduled, skipped, gates reached, the
 * run's end. Pure; the run's stream alone decides.
 */
export function next(run: Run, prepared: RunPrepared, now: string): RunEvent[] {
  const unfolding = new Unfolding(run, prepared, now);
  if (run.status === 'running') follow(unfolding);
  else if (run.status === 'cancelling') windDown(unfolding);
  return unfolding.events;
}

function follow(unfolding: Unfolding): void {
  const active = () => unfolding.run.tasks.counts.active;
  const unplanned = () => unfolding.run.tasks.counts.size < unfolding.run.taskCount;
  do {
    plan(unfolding);
    attendAll(unfolding);
    // Nothing under way, yet part of the plan is missing: go on until something is.
  } while (active() === 0 && unplanned() && !unfolding.full);
  if (unfolding.deferred || (unplanned() && active() < MAX_ACTIVE)) defer(unfolding);
  else end(unfolding);
}

/** More is ready than one append holds: the fact is answered by `PlanMore`, so that nothing waits for an event by chance. */
function defer(unfolding: Unfolding): void {
  const { runId, tasks, taskCount } = unfolding.run;
  const ready = tasks.counts.attention + taskCount - tasks.counts.size;
  unfolding.add({ type: 'TasksDeferred', data: { runId, ready } });
}

/** Nodes become tasks, each after what it needs, as far as one append holds. */
function plan(unfolding: Unfolding): void {
  const { run } = unfolding;
  const { definition } = unfolding.prepared;
  let bytes = 0;
  let tasks: PlannedTask[] = [];
  let size = 0;
  const flush = () => {
    if (tasks.length > 0) unfolding.add({ type: 'TasksPlanned', data: { runId: run.runId, tasks } });
    tasks = [];
    size = 0;
  };
  for (let index = run.tasks.counts.size; index < definition.nodes.length && bytes < PER_APPEND.plannedBytes; index++) {
    const node = definition.nodes[index]!;
    const planned = plannedTask(node, definition, run.cards === 'tasks');
    const length = Buffer.byteLength(JSON.stringify(planned));
    if (tasks.length >= PER_PLAN.tasks || size + length > PER_PLAN.bytes) flush();
    tasks.push(planned);
    size += length;
    bytes += length;
  }
  flush();
}

function plannedTask(node: WorkflowNode, { byId }: WorkflowDefinition, cards: boolean): PlannedTask {
  const { id, taskId, kind, title, role, within, previous } = node;
  const needs = [...new Set([...node.needs, ...(previous === undefined ? [] : [previous])])];
  const pathOf = (one: string) => byId.get(one)!.taskId;
  return {
    ...{ taskId, nodeId: id, kind, title: text(title), ...(role && { role }), needs: needs.map(pathOf) },
    ...(within !== undefined && { within: pathOf(within) }),
    // A group is drawn around what stands inside; on a board there is nothing to be done with it.
    card: cards && kindOf(node).inside === undefined,
  };
}

/** Gives up what can never begin, begins what is ready; of what is ready, the most urgent first. */
function attendAll(unfolding: Unfolding): void {
  do {
    unfolding.again = false;
    unfolding.deferred = false;
    if (unfolding.run.tasks.counts.attention === 0) return;
    const ready: { task: Task; node: WorkflowNode }[] = [];
    for (let index = 0; index < unfolding.run.tasks.counts.size; index++) {
      const task = unfolding.run.tasks.at(index);
      if (!wantsAttention(task)) continue;
      if (!settle(unfolding, task)) ready.push({ task, node: nodeOf(unfolding, task) });
    }
    ready.sort((one, other) => priorityOf(other.node) - priorityOf(one.node));
    for (const { task, node } of ready) begin(unfolding, node, task);
  } while (unfolding.again && !unfolding.full);
}

const priorityOf = ({ priority = 0 }: WorkflowNode): number => priority;

function nodeOf({ run, prepared }: Unfolding, task: Task): WorkflowNode {
  const node = prepared.definition.byId.get(task.nodeId);
  if (!node) throw new Error(`run ${run.runId} has a task ${task.taskId} that its workflow does not know`);
  return node;
}

/** Ends what need not or must not begin, and groups that are decided. @returns whether it was that */
function settle(unfolding: Unfolding, task: Task): boolean {
  const event = endOf(unfolding, task);
  if (event === undefined) return false;
  if (unfolding.full) unfolding.deferred = true;
  else unfolding.add(event);
  return true;
}

function endOf(unfolding: Unfolding, task: Task): RunEvent | undefined {
  const { runId, tasks } = unfolding.run;
  const { taskId, state, doomed, broken, rule, inside } = task;
  const skipped = (why: 'condition' | 'upstream'): RunEvent => ({ type: 'TaskSkipped', data: { runId, taskId, why } });
  if (doomed) return state === 'planned' ? skipped('upstream') : givenUp(runId, task);
  if (state === 'open') return { type: 'ScopeClosed', data: { runId, taskId, outcome: verdict(rule!, inside)! } };
  if (state !== 'planned') return undefined;
  if (broken > 0) return skipped('upstream');
  const { needs, join = 'all' } = nodeOf(unfolding, task);
  const passed = needs.filter((id) => tasks.get(unfolding.pathOf(id))?.state === 'skipped').length;
  const goesOn = passed === 0 || (join === 'some' && passed < needs.length);
  return goesOn ? undefined : skipped('condition');
}

/** Its group is decided: whoever works on it is told to stop, all else is withdrawn. */
function givenUp(runId: string, { taskId, attempt, state }: Task): RunEvent {
  if (state === 'leased') {
    return { type: 'TaskStopRequested', data: { runId, taskId, attempt, why: 'not_needed', then: 'cancel' } };
  }
  const reason = text('Its group is decided without it');
  return { type: 'TaskCancelled', data: { runId, taskId, ...(attempt > 0 && { attempt }), reason } };
}

function begin(unfolding: Unfolding, node: WorkflowNode, task: Task): void {
  const { run } = unfolding;
  // The end of any task under way makes room.
  if (task.state === 'planned' && run.tasks.counts.active >= MAX_ACTIVE) return;
  if (unfolding.full) unfolding.deferred = true;
  else kindOf(node).attend(unfolding, node, task);
}
