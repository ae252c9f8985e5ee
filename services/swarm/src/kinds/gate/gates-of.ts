import type { WorkflowProblem } from '@agencyos/contracts';
import type { WorkflowDefinition } from '../../workflow/workflow-definition.js';
import { named, type WrittenFile, type WrittenNode } from '../../workflow/written-file.js';
import type { YamlDocument } from '../../workflow/yaml-document.js';
import type { GateFields, GateNode } from './gate-node.js';

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
    const { id, action, policyId } = node as GateNode;
    return [{ name: `"${id}"`, kind: action.kind, ...(policyId !== undefined && { policyId }) }];
  });

/** A gate of the file, and where it stands. */
export interface WrittenGate extends GateAction {
  at: Pick<WorkflowProblem, 'path' | 'line' | 'column'>;
}

export function writtenGates({ nodes }: WrittenFile, document: YamlDocument): WrittenGate[] {
  return nodes.flatMap((node) => {
    if (node.kind.name !== 'gate') return [];
    const { path, wrong } = node;
    const { gate } = (node as WrittenNode<Partial<GateFields>>).fields;
    if (wrong.has('gate') || gate?.action?.kind === undefined) return [];
    const { line, column, ...problem } = document.problem('no_policy', path, '', 'gate');
    const at = { path: problem.path, ...(line !== undefined && { line }), ...(column !== undefined && { column }) };
    return [{ name: named(node), kind: gate.action.kind, ...(gate.policy !== undefined && { policyId: gate.policy }), at }];
  });
}
