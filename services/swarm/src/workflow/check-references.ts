import type { WorkflowProblem } from '@agencyos/contracts';
import type { NodeGraph } from './node-graph.js';
import { named, type WrittenFile, type WrittenNode } from './written-file.js';
import type { YamlDocument } from './yaml-document.js';

/** Ids are unique, what is named exists, gates are used as gates, nothing waits for itself. */
export function* checkReferences({ nodes }: WrittenFile, document: YamlDocument, graph: NodeGraph): Generator<WorkflowProblem> {
  for (const node of nodes) {
    const { id, index } = node;
    const first = id === undefined ? node : graph.byId.get(id)!;
    if (first === node) continue;
    const { line } = document.position(['tasks', first.index], 'id');
    yield document.problem('duplicate_id', ['tasks', index], `"${id}" is already the id of line ${line}`, 'id');
  }
  for (const node of nodes) {
    for (const [position, need] of (node.needs ?? []).entries()) {
      if (need === '' || graph.byId.has(need)) continue;
      const message = `${named(node)} needs "${need}", which does not exist`;
      yield document.problem('dangling_need', ['tasks', node.index, 'needs', position], message);
    }
    yield* checkGuard(node, graph.byId.get(node.after ?? ''), document);
  }
  const cycle = findCycle(graph);
  if (cycle) {
    const [first] = cycle as [WrittenNode];
    const message = `cycle: ${cycle.map(({ id }) => id).join(' → ')}`;
    yield document.problem('cycle', ['tasks', first.index], message, 'needs');
  }
}

function checkGuard(node: WrittenNode, gate: WrittenNode | undefined, document: YamlDocument): WorkflowProblem[] {
  const { after, needs, handoff, index } = node;
  if (after === undefined) return [];
  const problem = (message: string, key: string) => [document.problem('bad_gate', ['tasks', index], message, key)];
  if (!gate) return problem(`${named(node)} stands after "${after}", which does not exist`, 'after');
  if (!gate.isGate) return problem(`"${after}" is no gate`, 'after');
  // It is scheduled in the very append that opens the gate, so nothing can change in between.
  if (needs && (needs.length !== 1 || needs[0] !== after)) {
    return problem(`${named(node)} is guarded by "${after}" and may need nothing else; let the gate need it`, 'needs');
  }
  if (handoff !== undefined) return problem('a guarded task cannot be handed off: the approval is for this role', 'handoff');
  return [];
}

/** The first cycle found, closed: `a → b → a`. Iterative: a chain may be 10,000 long. */
function findCycle(graph: NodeGraph): WrittenNode[] | undefined {
  const done = new Set<WrittenNode>();
  for (const start of graph.byId.values()) {
    const path = [{ node: start, needed: graph.needed(start), next: 0 }];
    const onPath = new Set([start]);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const need = done.has(top.node) ? undefined : top.needed[top.next++];
      if (need === undefined) {
        done.add(top.node);
        onPath.delete(top.node);
        path.pop();
      } else if (onPath.has(need)) {
        const from = path.findIndex(({ node }) => node === need);
        return [...path.slice(from).map(({ node }) => node), need];
      } else if (!done.has(need)) {
        path.push({ node: need, needed: graph.needed(need), next: 0 });
        onPath.add(need);
      }
    }
  }
  return undefined;
}
