import { PLANS_NEST, SequenceNodeForm } from '@agencyos/contracts';
import { z } from 'zod';
import type { WorkflowNode } from '../../workflow/workflow-definition.js';
import { defineKind } from '../kind.js';

const shape = SequenceNodeForm(z.unknown());

/** Nodes that take turns. */
interface SequenceNode extends WorkflowNode {
  kind: 'sequence';
  size: number;
}

export const sequenceKind = defineKind<z.infer<typeof shape>, SequenceNode>({
  name: 'sequence',
  field: 'sequence',
  since: PLANS_NEST,
  hasOutput: false,
  shape,
  inside: { path: ['sequence', 'tasks'], inTurn: true },
  endsAll: () => true,
  plan: ({ sequence }, frame) => ({ kind: 'sequence', ...frame, size: sequence.tasks.length }),
  attend(unfolding, { size }, { taskId }) {
    unfolding.add({ type: 'ScopeOpened', data: { runId: unfolding.run.runId, taskId, size, collect: false } });
  },
  look: () => ({ rule: 'in turn' }),
});
