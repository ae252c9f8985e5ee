import type { WorkflowDefinition } from './workflow-definition.js';

/** What a gate asks to be allowed. */
export interface GateAction {
  /** As sentences name it. */
  name: string;
  kind: string;
  policyId?: string;
}

export const gatesOf = ({ nodes }: WorkflowDefinition): GateAction[] =>
  nodes.flatMap((node) => {
    if (node.kind !== 'gate') return [];
    const { id, action, policyId } = node;
    return [{ name: `"${id}"`, kind: action.kind, ...(policyId !== undefined && { policyId }) }];
  });
