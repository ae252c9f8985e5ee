import type { PlannedTask, TaskRow, WorkflowProblem } from '@agencyos/contracts';
import type { z } from 'zod';
import type { Task } from '../run/task.js';
import type { Unfolding } from '../run/unfolding.js';
import type { NodeGraph } from '../workflow/node-graph.js';
import type { NodeFrame, WorkflowNode } from '../workflow/workflow-definition.js';
import type { WrittenFile, WrittenNode } from '../workflow/written-file.js';
import type { YamlDocument } from '../workflow/yaml-document.js';

/** A file while it is checked. */
export interface Checking {
  file: WrittenFile;
  document: YamlDocument;
  graph: NodeGraph;
}

/** One kind of node: all that is known of it, from the file to the run's page. */
export interface NodeKind<F = never, N extends WorkflowNode = never> {
  readonly name: PlannedTask['kind'];
  /** The field by which a file says that this kind is meant; what has none of them is a task. */
  readonly field?: string;
  /** Level from which it is offered; at every one when absent. */
  readonly since?: number;
  /** Whether others can take something out of what it has come to. */
  readonly hasOutput: boolean;
  /** Its fields in a file. */
  readonly shape: z.ZodType<F>;
  /** Groups: where in its fields the nodes stand that belong to it, and whether these take turns. */
  readonly inside?: { path: readonly string[]; inTurn: boolean };
  /** Groups: whether all that stands inside has ended when it has succeeded. */
  endsAll?(fields: Partial<F>): boolean;
  /** What it needs when it says nothing of needs. */
  needs?(fields: Partial<F>): string[];
  /** What the shape cannot say. */
  check?(node: WrittenNode<Partial<F>>, checking: Checking): Iterable<WorkflowProblem>;
  /** Its fields in which templates may stand, as they are nested in the file. */
  templates?(fields: Partial<F>): unknown;
  /** What the scheduler follows, of fields without a mistake. `guards`: the tasks that stand `after` it. */
  plan(fields: F, frame: NodeFrame, guards: string[]): N;
  /** The parts of it that are resolved when it begins. */
  templated?(node: N): unknown;
  /** Who may be asked to work on it. */
  roles?(node: N): string[];
  /** It is ready: what becomes true of it now. */
  attend(unfolding: Unfolding, node: N, task: Task): void;
  /** What its page shows besides, which only the workflow says. */
  look?(node: N): Partial<TaskRow>;
}

/** As the rest of the service has it, which leaves the fields to the kind. */
export type AnyKind = NodeKind<object, WorkflowNode>;

/** Each kind gets only what it has made itself. */
export const defineKind = <F, N extends WorkflowNode>(kind: NodeKind<F, N>): AnyKind => kind as unknown as AnyKind;
