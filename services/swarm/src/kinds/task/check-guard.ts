import type { WorkflowProblem } from '@agencyos/contracts';
import { named, type WrittenNode } from '../../workflow/written-file.js';
import type { Checking } from '../kind.js';
import type { TaskFields } from './task-node.js';

/** What stands after a gate stands after a gate, and after nothing else. */
export function checkGuard(node: WrittenNode<Partial<TaskFields>>, { document, graph }: Checking): WorkflowProblem[] {
  const { path, needs } = node;
  const { after, handoff } = node.fields;
  if (after === undefined) return [];
  const gate = graph.byId.get(after);
  const problem = (message: string, key: string) => [document.problem('bad_gate', path, message, key)];
  if (!gate) return problem(`${named(node)} stands after "${after}", which does not exist`, 'after');
  if (gate.kind.name !== 'gate') return problem(`"${after}" is no gate`, 'after');
  // It is scheduled in the very append that opens the gate, so nothing can change in between.
  if (needs && (needs.length !== 1 || needs[0] !== after)) {
    return problem(`${named(node)} is guarded by "${after}" and may need nothing else; let the gate need it`, 'needs');
  }
  if (gate.within !== node.within || (node.previous && node.previous !== gate)) {
    return problem(
      `${named(node)} stands after "${after}" and begins with it: put it right behind the gate, in the same group`,
      'after',
    );
  }
  if (handoff !== undefined) return problem('a guarded task cannot be handed off: the approval is for this role', 'handoff');
  return [];
}
