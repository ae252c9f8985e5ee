import type { PlannedTask, WorkflowFile } from '@agencyos/contracts';

/** What a node of any kind has. */
export interface WorkflowNode {
  kind: PlannedTask['kind'];
  id: string;
  /** Its path in the run: the groups around it, and itself. */
  taskId: string;
  title: string;
  /** Ids of nodes: of its own group, or of those around it. */
  needs: string[];
  /** When something that it needs was skipped: it is, too, or goes on if any of them succeeded. */
  join?: 'all' | 'some';
  /** The group that it stands in. */
  within?: string;
  /** In a group whose nodes take turns: the one before. That it was skipped does not matter. */
  previous?: string;
  role?: string;
  /** What begins first when not everything may: the higher. */
  priority?: number;
  /** Gate that guards it. */
  after?: string;
}

/** What the file says of a node's place, whatever its kind. */
export type NodeFrame = Pick<WorkflowNode, 'id' | 'taskId' | 'title' | 'needs' | 'join' | 'within' | 'previous'>;

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
  /** From which level it may be published: whoever runs it must know all that it holds. */
  level: number;
}

/** More cards than this on a board help nobody: such a run is one card. */
export const MAX_TASK_CARDS = 200;

/** The task that a node becomes. */
export const taskIdOf = ({ byId }: WorkflowDefinition, nodeId: string): string => byId.get(nodeId)!.taskId;
