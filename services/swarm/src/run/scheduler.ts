import { fitText, gateRefusal, ids, LIMITS, text, type PlannedTask, type RunEvent, type Text } from '@agencyos/contracts';
import { digestOf } from '@agencyos/runtime/digest';
import { addMs } from '../time.js';
import type { GateNode, TaskNode, WorkflowNode } from '../workflow/workflow-definition.js';
import { evolveRun } from './evolve-run.js';
import { gateAction, gateBrief, isUnresolvable, runOutput, taskInput } from './resolve-node.js';
import type { RunPrepared } from './run-command.js';
import type { Run } from './run-state.js';
import { isTerminal, wantsAttention, type Task } from './task.js';

/** Tasks under way at once; so that cancelling them all is one append. */
const MAX_ACTIVE = 450;
/** What is left of 500 events and 1 MiB when the facts that led here, the last step and the run's end have their place. */
const PER_APPEND = { events: 460, bytes: 700_000, plannedBytes: 300_000 };
/** What an event has beside its data, generously. */
const METADATA_BYTES = 1_024;
const PER_PLAN = { tasks: 200, bytes: LIMITS.eventBytes - 16 * 1024 };

/** Facts that follow from a state, gathered while the state they lead to is kept. */
class Unfolding {
  readonly events: RunEvent[] = [];
  /** A step could not even begin: what needs it is given up in the same append. */
  broke = false;
  /** Something is ready for which this append has no room. */
  deferred = false;
  private bytes = 0;

  constructor(
    public run: Run,
    readonly prepared: RunPrepared,
    readonly now: string,
  ) {}

  get full(): boolean {
    return this.events.length >= PER_APPEND.events || this.bytes >= PER_APPEND.bytes;
  }

  add(event: RunEvent): void {
    this.events.push(event);
    this.bytes += Buffer.byteLength(JSON.stringify(event.data)) + METADATA_BYTES;
    this.broke ||= event.type === 'TaskFailed' || event.type === 'GateRefused';
    this.run = evolveRun(this.run, event, { revision: 0, recordedAt: this.now, actor: '' });
  }
}

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
    const { id, kind, title, needs } = node;
    const card = run.cards === 'tasks';
    const role = node.kind === 'task' ? { role: node.role } : {};
    const planned: PlannedTask = { taskId: id, nodeId: id, kind, title: text(title), ...role, needs, card };
    const length = Buffer.byteLength(JSON.stringify(planned));
    if (tasks.length >= PER_PLAN.tasks || size + length > PER_PLAN.bytes) flush();
    tasks.push(planned);
    size += length;
    bytes += length;
  }
  flush();
}

/** Gives up what can never begin, begins what is ready; of what is ready, the most urgent first. */
function attendAll(unfolding: Unfolding): void {
  do {
    unfolding.broke = false;
    unfolding.deferred = false;
    if (unfolding.run.tasks.counts.attention === 0) return;
    const ready: { task: Task; node: WorkflowNode }[] = [];
    for (let index = 0; index < unfolding.run.tasks.counts.size; index++) {
      const task = unfolding.run.tasks.at(index);
      if (!wantsAttention(task)) continue;
      if (task.broken > 0 && task.state === 'planned') skip(unfolding, task);
      else ready.push({ task, node: nodeOf(unfolding, task) });
    }
    ready.sort((one, other) => priorityOf(other.node) - priorityOf(one.node));
    for (const { task, node } of ready) begin(unfolding, node, task);
  } while (unfolding.broke && !unfolding.full);
}

const priorityOf = (node: WorkflowNode): number => (node.kind === 'task' ? node.priority : 0);

function nodeOf({ run, prepared }: Unfolding, task: Task): WorkflowNode {
  const node = prepared.definition.byId.get(task.nodeId);
  if (!node) throw new Error(`run ${run.runId} has a task ${task.taskId} that its workflow does not know`);
  return node;
}

function skip(unfolding: Unfolding, { taskId }: Task): void {
  if (unfolding.full) unfolding.deferred = true;
  else unfolding.add({ type: 'TaskSkipped', data: { runId: unfolding.run.runId, taskId, why: 'upstream' } });
}

function begin(unfolding: Unfolding, node: WorkflowNode, task: Task): void {
  const { run } = unfolding;
  // The end of any task under way makes room.
  if (task.state === 'planned' && run.tasks.counts.active >= MAX_ACTIVE) return;
  if (unfolding.full) unfolding.deferred = true;
  else if (node.kind === 'gate') reachGate(unfolding, node, task);
  else for (const event of scheduled(run, unfolding.prepared, node, task, unfolding.now)) unfolding.add(event);
}

/** The next attempt of a task may be claimed from now on. A step whose input cannot be made has failed for good. */
export function scheduled(run: Run, { stored }: RunPrepared, node: TaskNode, task: Task, now: string): RunEvent[] {
  const { runId } = run;
  const { taskId } = task;
  const attempt = task.attempt + 1;
  const made = taskInput(node, run, stored);
  const input = isUnresolvable(made) ? { value: null } : made;
  const approvalId = node.after === undefined ? undefined : run.tasks.get(node.after)?.approvalId;
  const event: RunEvent = {
    type: 'TaskScheduled',
    data: {
      ...{
        runId,
        taskId,
        attempt,
        role: task.role,
        input,
        inputDigest: digestOf(input.value),
        priority: node.priority,
      },
      ...{ leaseMs: node.leaseMs, timeoutMs: node.timeoutMs },
      ...(node.startWithinMs !== undefined && { startByAt: addMs(now, node.startWithinMs) }),
      ...(approvalId !== undefined && { approvalId }),
      ...(task.resume && { resume: task.resume }),
    },
  };
  if (!isUnresolvable(made)) return [event];
  const fault = { code: 'input_unresolved', message: fitText(made.unresolvable), retryable: false };
  return [event, { type: 'TaskFailed', data: { runId, taskId, attempt, fault, final: true } }];
}

function reachGate(unfolding: Unfolding, node: GateNode, task: Task): void {
  const { run, prepared } = unfolding;
  const { runId } = run;
  const { taskId } = task;
  const approvalId = ids.gateApproval(runId, taskId, task.round + 1);
  const brief = gateBrief(node, prepared, run);
  const made = gateAction(node, prepared, run);
  const action = isUnresolvable(made)
    ? { kind: node.action.kind, target: node.action.target, parameters: { value: null }, artifacts: [] }
    : made.action;
  unfolding.add({
    type: 'GateReached',
    data: {
      ...{ runId, taskId, approvalId, action, actionDigest: digestOf(action), brief },
      ...(node.policyId !== undefined && { policyId: node.policyId }),
      ...(node.expiresInMs !== undefined && { expiresInMs: node.expiresInMs }),
    },
  });
  if (!isUnresolvable(made)) return;
  const refusal = { outcome: 'unavailable' as const, reason: fitText(made.unresolvable) };
  unfolding.add({ type: 'GateRefused', data: { runId, taskId, approvalId, ...refusal } });
}

/** Nothing under way and nothing left that could begin: what is still planned waits for what will never come. */
function end(unfolding: Unfolding): void {
  const { run, prepared } = unfolding;
  const { counts } = run.tasks;
  if (counts.active > 0 || counts.size < run.taskCount) return;
  for (const task of run.tasks) if (task.state === 'planned' && task.open === 0) return;
  const { runId, usage } = run;
  if (counts.succeeded < counts.size) {
    const failures = [...run.tasks].filter(({ state }) => state === 'failed');
    const failed = failures.map(({ taskId }) => taskId);
    const fault = { ...whyEnded(failures), retryable: false };
    unfolding.add({
      type: 'RunFailed',
      data: { runId, fault, failedTaskIds: failed.slice(0, LIMITS.listItems), usage },
    });
    return;
  }
  const output = runOutput(prepared, run);
  if (isUnresolvable(output)) {
    const fault = { code: 'output_unresolved', message: fitText(output.unresolvable), retryable: false };
    unfolding.add({ type: 'RunFailed', data: { runId, fault, failedTaskIds: [], usage } });
  } else {
    unfolding.add({ type: 'RunSucceeded', data: { runId, output, usage } });
  }
}

/** A gate that did not open says more than that its task failed: somebody decided so. */
function whyEnded(failures: readonly Task[]): { code: string; message: Text } {
  const gate = failures.find(({ refusal }) => refusal);
  if (gate?.refusal)
    return {
      code: `gate_${gate.refusal.outcome}`,
      message: fitText(`${gate.title}: ${gateRefusal(gate.refusal)}`),
    };
  const failed = failures.slice(0, 10).map(({ taskId }) => taskId);
  return failed.length > 0
    ? { code: 'task_failed', message: text(`${failed.join(', ')} failed`) }
    : { code: 'task_cancelled', message: text('A task that the others need was cancelled') };
}

/** Being cancelled: what nobody holds ends now, the run when the last holder has stopped. */
function windDown(unfolding: Unfolding): void {
  const { runId } = unfolding.run;
  for (let index = 0; index < unfolding.run.tasks.counts.size; index++) {
    const task = unfolding.run.tasks.at(index);
    // A planned task without a card of its own ends with the run; nobody looks at it.
    const silent = task.state === 'planned' && !task.card;
    if (silent || isTerminal(task) || task.state === 'leased' || task.state === 'stopping') continue;
    const attempt = task.attempt > 0 ? { attempt: task.attempt } : {};
    unfolding.add({ type: 'TaskCancelled', data: { runId, taskId: task.taskId, ...attempt } });
  }
  const { tasks, cancel, usage } = unfolding.run;
  if (tasks.counts.held > 0) return;
  if (cancel?.by === 'deadline') {
    const fault = {
      code: 'deadline_exceeded',
      message: text('The run did not finish by its deadline'),
      retryable: false,
    };
    unfolding.add({ type: 'RunFailed', data: { runId, fault, failedTaskIds: [], usage } });
  } else {
    const reason = cancel?.reason ? { reason: text(cancel.reason) } : {};
    unfolding.add({ type: 'RunCancelled', data: { runId, ...reason, usage } });
  }
}
