import { durationMs, type TaskNodeForm } from '@agencyos/contracts';
import type { z } from 'zod';
import type { NodeFrame, WorkflowNode } from '../../workflow/workflow-definition.js';

/** A task as a file writes it. */
export type TaskFields = z.infer<typeof TaskNodeForm>;

/** Something an agent does. Durations in ms. */
export interface TaskNode extends WorkflowNode {
  kind: 'task';
  role: string;
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
}

/** A file that an earlier task has produced. */
export interface UsedFile {
  taskId: string;
  name: string;
}

/** What `<task>.<name>` names. */
export function usedFile(written: string): UsedFile {
  const dot = written.indexOf('.');
  return { taskId: written.slice(0, dot), name: written.slice(dot + 1) };
}

export function planTask(node: TaskFields, frame: NodeFrame): TaskNode {
  return {
    kind: 'task',
    ...frame,
    role: node.role,
    leaseMs: durationMs(node.lease ?? '30s')!,
    timeoutMs: durationMs(node.timeout ?? '10m')!,
    retries: node.retries ?? 2,
    backoffMs: durationMs(node.backoff ?? '1s')!,
    priority: node.priority ?? 0,
    ...(node.run && { run: node.run }),
    ...(node.env && { env: node.env }),
    ...(node.image !== undefined && { image: node.image }),
    ...(node.input !== undefined && { input: node.input }),
    ...(node.produces && { produces: node.produces }),
    ...(node.uses && { uses: node.uses.map(usedFile) }),
    ...(node.startWithin !== undefined && { startWithinMs: durationMs(node.startWithin)! }),
    ...(node.handoff && { handoff: { to: node.handoff.to, hops: node.handoff.hops ?? 1 } }),
    ...(node.after !== undefined && { after: node.after }),
  };
}
