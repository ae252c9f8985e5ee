import type { WorkflowFile } from '@agencyos/contracts';

/** Something an agent does. Durations in ms. */
export interface TaskNode {
  kind: 'task';
  id: string;
  title: string;
  role: string;
  needs: string[];
  run?: string[];
  env?: Record<string, string>;
  image?: string;
  input?: unknown;
  /** Names of files to keep, and their paths in the workspace. */
  produces?: Record<string, string>;
  uses?: UsedFile[];
  leaseMs: number;
  timeoutMs: number;
  startWithinMs?: number;
  retries: number;
  backoffMs: number;
  priority: number;
  handoff?: { to: string[]; hops: number };
  /** Gate that guards it. */
  after?: string;
}

/** A file that an earlier task has produced. */
export interface UsedFile {
  taskId: string;
  name: string;
}

/** A door that people open. */
export interface GateNode {
  kind: 'gate';
  id: string;
  title: string;
  needs: string[];
  action: { kind: string; target: string; parameters?: unknown; artifacts: string[] };
  policyId?: string;
  brief?: string;
  expiresInMs?: number;
  /** Tasks that it guards: their real input is part of what is approved. */
  guards: string[];
}

export type WorkflowNode = TaskNode | GateNode;

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
