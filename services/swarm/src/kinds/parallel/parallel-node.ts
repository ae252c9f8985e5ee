import type { NodeFrame, WorkflowNode } from '../../workflow/workflow-definition.js';
import type { ParallelFields } from './index.js';

/** Nodes that go on side by side. */
export interface ParallelNode extends WorkflowNode {
  kind: 'parallel';
  size: number;
  /** How many are to succeed; absent: all that are not skipped. */
  need?: number;
  collect: boolean;
}

export function planParallel({ parallel }: ParallelFields, frame: NodeFrame): ParallelNode {
  const { tasks, need = 'all', failure } = parallel;
  return {
    kind: 'parallel',
    ...frame,
    size: tasks.length,
    ...(need !== 'all' && { need: need === 'any' ? 1 : need }),
    collect: failure === 'collect',
  };
}

export function ruleWords({ size, need, collect }: ParallelNode): string {
  const words = need === undefined ? 'all' : need === 1 ? 'any' : `${need} of ${size}`;
  return collect ? `${words}, failures collected` : words;
}
