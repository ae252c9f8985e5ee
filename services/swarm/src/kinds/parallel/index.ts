import { ParallelNodeForm, PLANS_NEST } from '@agencyos/contracts';
import { z } from 'zod';
import { defineKind } from '../kind.js';
import { checkNeed } from './check-need.js';
import { planParallel, ruleWords, type ParallelNode } from './parallel-node.js';

const shape = ParallelNodeForm(z.unknown());
export type ParallelFields = z.infer<typeof shape>;

export const parallelKind = defineKind<ParallelFields, ParallelNode>({
  name: 'parallel',
  field: 'parallel',
  since: PLANS_NEST,
  hasOutput: false,
  shape,
  inside: { path: ['parallel', 'tasks'], inTurn: false },
  endsAll: ({ parallel }) => (parallel?.need ?? 'all') === 'all',
  check: checkNeed,
  plan: planParallel,
  attend(unfolding, { size, need, collect }, { taskId }) {
    const rule = { size, ...(need !== undefined && { need }), collect };
    unfolding.add({ type: 'ScopeOpened', data: { runId: unfolding.run.runId, taskId, ...rule } });
  },
  look: (node) => ({ rule: ruleWords(node) }),
});
