import type { PlannedTask, WorkflowFile } from '@agencyos/contracts';

/** What a node of any kind has. */
export interface WorkflowNode {
  kind: PlannedTask['kind'];
  id: string;
  title: string;
  needs: string[];
  role?: string;
  /** What begins first when not everything may: the higher. */
  priority?: number;
  /** Gate that guards it. */
  after?: string;
}

/** What the file says of a node's place, whatever its kind. */
export interface NodeFrame extends Pick<WorkflowNode, 'id' | 'title' | 'needs'> {
  /** Tasks that stand `after` it. */
  guards: string[];
}

/** A checked workflow: what the scheduler follows. A constant of a run. */
export interface WorkflowDefinition {
  workflowId: string;
  title: string;
  cards: 'tasks' | 'run' | 'none';
  input: NonNullable<WorkflowFile['input']>;
  deadlineMs?: number;
  output?: unknown;
  /** Every node stands after all that it needs. */
  nodes: WorkflowNode[];
  byId: ReadonlyMap<string, WorkflowNode>;
  roles: string[];
}

/** More cards than this on a board help nobody: such a run is one card. */
export const MAX_TASK_CARDS = 200;
