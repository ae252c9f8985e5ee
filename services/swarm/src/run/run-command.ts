import type { RunCommand, RunEvent } from '@agencyos/contracts';
import { type Command, type CommandMetadata, type Refusable, rejection } from '@agencyos/decider';
import type { TaskNode } from '../kinds/task/task-node.js';
import type { WorkflowDefinition } from '../workflow/workflow-definition.js';
import type { Run } from './run-state.js';
import type { StoredValues } from './stored-outputs.js';
import { isTerminal, type Task } from './task.js';

export type CommandType = RunCommand['type'];
/** One command of the run's, as `decide` gets it. */
export type Of<T extends CommandType> = Command<Extract<RunCommand, { type: T }>>;
export type DataOf<T extends CommandType> = Extract<RunCommand, { type: T }>['data'];
export type EventData<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>['data'];

/** What the host looked up before deciding. */
export interface RunPrepared {
  definition: WorkflowDefinition;
  /** What templates take out of outputs that lie in the content store. */
  stored: StoredValues;
  /** For `StartRun`: the version that will run. */
  workflow?: { version: number; digest: string };
  /** For `ClaimTask` by an agent: what it has registered for. */
  agent?: { roles: readonly string[] };
}

/** What a decision on a run is made from. */
export interface DecisionInput<T extends CommandType = CommandType> {
  run: Run;
  command: Of<T>;
  data: DataOf<T>;
  metadata: CommandMetadata;
  prepared: RunPrepared;
}

export type RunDecision<T extends CommandType> = (input: DecisionInput<T>) => RunEvent[];

/** Who acts: a service may act for a person, nobody else for anybody. */
export const principalOf = ({ actor, onBehalfOf }: CommandMetadata): string =>
  actor.startsWith('service:') ? (onBehalfOf ?? actor) : actor;

/** Only the product itself says that something else than a person's wish began or ended a run. */
export const isOurs = (actor: string): boolean => /^(service|system):/.test(actor);

/** The run takes part in life; a run that is over answers `closed`. */
export function openRun(command: Refusable<'not_found' | 'closed'>, run: Run): void {
  if (run.status === 'none') throw rejection(command, 'not_found', { detail: 'There is no such run.' });
  if (run.status !== 'running' && run.status !== 'cancelling') {
    throw rejection(command, 'closed', { state: run.status, detail: `The run has ${run.status}.` });
  }
}

export function existingTask(command: Refusable<'not_found'>, run: Run, taskId: string): Task {
  if (run.status === 'none') throw rejection(command, 'not_found', { detail: 'There is no such run.' });
  const task = run.tasks.get(taskId);
  if (!task) throw rejection(command, 'not_found', { field: 'taskId', detail: `The run has no task ${taskId}.` });
  return task;
}

export function taskNode(definition: WorkflowDefinition, task: Task): TaskNode {
  const node = definition.byId.get(task.nodeId);
  if (node?.kind !== 'task') throw new TypeError(`${task.taskId} is a ${task.kind}: nobody works on one`);
  return node as TaskNode;
}

/**
 * The attempt that the sender speaks of is the one it holds. Everything else is refused, with the reason that tells a
 * worker to let go.
 */
export function heldTask(
  command: Refusable<'not_found' | 'stale_token' | 'already_finished' | 'not_holder'>,
  run: Run,
  data: { taskId: string; attempt: number },
  metadata: CommandMetadata,
): Task {
  const task = existingTask(command, run, data.taskId);
  if (task.attempt !== data.attempt) throw staleToken(command, task);
  if (isTerminal(task)) throw rejection(command, 'already_finished', { state: task.state });
  if (task.state !== 'leased' && task.state !== 'stopping') throw staleToken(command, task);
  if (task.holder !== principalOf(metadata)) {
    throw rejection(command, 'not_holder', { detail: 'Somebody else holds this attempt.' });
  }
  return task;
}

export const staleToken = (command: Refusable<'stale_token'>, task: Task) =>
  rejection(command, 'stale_token', { detail: `The present attempt is ${task.attempt}.`, attempt: task.attempt });
