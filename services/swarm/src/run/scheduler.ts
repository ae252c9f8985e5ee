import {
  fitText,
  gateRefusal,
  ids,
  LIMITS,
  text,
  type Planned,
  type RunEvent,
  type Text,
} from '@agencyos/contracts';
import { digestOf } from '@agencyos/runtime/digest';
import { addMs } from '../time.js';
import type { GateNode, TaskNode } from '../workflow/workflow-spec.js';
import { evolveRun } from './evolve-run.js';
import { gateAction, gateBrief, isUnresolvable, runOutput, taskInput } from './resolve-node.js';
import type { RunPrepared } from './run-command.js';
import type { Run } from './run-state.js';
import { isTerminal, wantsAttention, type Task } from './task.js';

/** Tasks under way at once; so that cancelling them all is one append. */
const MAX_ACTIVE = 450;
const PER_APPEND = { scheduled: 240, skipped: 200, plannedBytes: 300_000, inputBytes: 256_000 };
const PER_PLAN = { tasks: 200, bytes: LIMITS.eventBytes - 16 * 1024 };

/** Facts that follow from a state, gathered while the state they lead to is kept. */
class Unfolding {
  readonly events: RunEvent[] = [];
  scheduled = 0;
  skipped = 0;
  inputBytes = 0;

  constructor(
    public run: Run,
    readonly prepared: RunPrepared,
    readonly now: string,
  ) {}

  add(event: RunEvent): void {
    this.events.push(event);
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
  do {
    plan(unfolding);
    if (unfolding.run.tasks.counts.attention > 0) {
      for (let index = 0; index < unfolding.run.tasks.counts.size; index++) {
        const task = unfolding.run.tasks.at(index);
        if (wantsAttention(task)) attend(unfolding, task);
      }
    }
    // Nothing under way, yet part of the plan is missing: go on until something is.
  } while (
    unfolding.run.tasks.counts.active === 0 &&
    unfolding.run.tasks.counts.size < unfolding.run.taskCount
  );
  end(unfolding);
}

/** Nodes become tasks, each after what it needs, as far as one append holds. */
function plan(unfolding: Unfolding): void {
  const { run } = unfolding;
  const { spec } = unfolding.prepared;
  let bytes = 0;
  let tasks: Planned[] = [];
  let size = 0;
  const flush = () => {
    if (tasks.length > 0) unfolding.add({ type: 'TasksPlanned', data: { runId: run.runId, tasks } });
    tasks = [];
    size = 0;
  };
  for (
    let index = run.tasks.counts.size;
    index < spec.nodes.length && bytes < PER_APPEND.plannedBytes;
    index++
  ) {
    const node = spec.nodes[index]!;
    const { id, kind, title, needs } = node;
    const card = run.cards === 'tasks';
    const role = node.kind === 'task' ? { role: node.role } : {};
    const planned: Planned = { taskId: id, nodeId: id, kind, title: text(title), ...role, needs, card };
    const length = Buffer.byteLength(JSON.stringify(planned));
    if (tasks.length >= PER_PLAN.tasks || size + length > PER_PLAN.bytes) flush();
    tasks.push(planned);
    size += length;
    bytes += length;
  }
  flush();
}

function attend(unfolding: Unfolding, task: Task): void {
  const { run, prepared } = unfolding;
  if (task.broken > 0 && task.state === 'planned') {
    if (unfolding.skipped >= PER_APPEND.skipped) return;
    unfolding.skipped++;
    unfolding.add({ type: 'TaskSkipped', data: { runId: run.runId, taskId: task.taskId, why: 'upstream' } });
    return;
  }
  const full =
    (task.state === 'planned' && run.tasks.counts.active >= MAX_ACTIVE) ||
    unfolding.scheduled >= PER_APPEND.scheduled ||
    unfolding.inputBytes >= PER_APPEND.inputBytes;
  if (full) return;
  const node = prepared.spec.byId.get(task.nodeId);
  if (!node) throw new Error(`run ${run.runId} has a task ${task.taskId} that its workflow does not know`);
  unfolding.scheduled++;
  if (node.kind === 'gate') reachGate(unfolding, node, task);
  else schedule(unfolding, node, task);
}

function schedule(unfolding: Unfolding, node: TaskNode, task: Task): void {
  for (const event of scheduled(unfolding.run, unfolding.prepared, node, task, unfolding.now)) {
    if (event.type === 'TaskScheduled')
      unfolding.inputBytes += Buffer.byteLength(JSON.stringify(event.data.input));
    unfolding.add(event);
  }
}

/** The next attempt of a task may be claimed from now on. A step whose input cannot be made has failed for good. */
export function scheduled(
  run: Run,
  { stored }: RunPrepared,
  node: TaskNode,
  task: Task,
  now: string,
): RunEvent[] {
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
  const fault = { code: 'input_unresolved', message: text(made.unresolvable), retryable: false };
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
  const refusal = { outcome: 'unavailable' as const, reason: text(made.unresolvable) };
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
    const fault = { code: 'output_unresolved', message: text(output.unresolvable), retryable: false };
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
