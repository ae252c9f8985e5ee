import type { WorkflowProblem } from '@agencyos/contracts';
import type { YamlDocument } from './yaml-document.js';

interface Node {
  id: string;
  needs?: string[];
  after?: string;
  handoff?: unknown;
  gate?: unknown;
}

/** Ids are unique, what is named exists, gates are used as gates, nothing waits for itself. */
export function* checkReferences(nodes: Node[], document: YamlDocument): Generator<WorkflowProblem> {
  let whole = true;
  const first = new Map<string, number>();
  for (const [index, { id }] of nodes.entries()) {
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, index);
      continue;
    }
    const { line } = document.position(['tasks', earlier], 'id');
    whole = false;
    yield document.problem('duplicate_id', ['tasks', index], `"${id}" is already the id of line ${line}`, 'id');
  }
  for (const [index, node] of nodes.entries()) {
    for (const [position, need] of (node.needs ?? []).entries()) {
      if (first.has(need)) continue;
      whole = false;
      const message = `"${node.id}" needs "${need}", which does not exist`;
      yield document.problem('dangling_need', ['tasks', index, 'needs', position], message);
    }
    for (const problem of checkGuard(node, index, nodes[first.get(node.after ?? '') ?? -1], document)) {
      whole = false;
      yield problem;
    }
  }
  // Only a graph whose needs are all there can be followed.
  const cycle = whole ? findCycle(nodes) : undefined;
  if (cycle) {
    const index = first.get(cycle[0]!)!;
    yield document.problem('cycle', ['tasks', index], `cycle: ${cycle.join(' → ')}`, 'needs');
  }
}

function checkGuard(
  node: Node,
  index: number,
  gate: Node | undefined,
  document: YamlDocument,
): WorkflowProblem[] {
  const { after, needs, handoff } = node;
  if (after === undefined) return [];
  const problem = (message: string, key: string) => [
    document.problem('bad_gate', ['tasks', index], message, key),
  ];
  if (!gate) return problem(`"${node.id}" stands after "${after}", which does not exist`, 'after');
  if (gate.gate === undefined) return problem(`"${after}" is no gate`, 'after');
  // It is scheduled in the very append that opens the gate, so nothing can change in between.
  if (needs && (needs.length !== 1 || needs[0] !== after)) {
    return problem(
      `"${node.id}" is guarded by "${after}" and may need nothing else; let the gate need it`,
      'needs',
    );
  }
  if (handoff !== undefined)
    return problem('a guarded task cannot be handed off: the approval is for this role', 'handoff');
  return [];
}

/** The first cycle found, closed: `a → b → a`. Iterative: a chain may be 10,000 long. */
export function findCycle(nodes: Node[]): string[] | undefined {
  const needs = new Map(
    nodes.map((node) => [node.id, node.needs ?? (node.after === undefined ? [] : [node.after])]),
  );
  const done = new Set<string>();
  for (const { id } of nodes) {
    const path: { id: string; next: number }[] = [{ id, next: 0 }];
    const onPath = new Set([id]);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const need = done.has(top.id) ? undefined : needs.get(top.id)![top.next++];
      if (need === undefined) {
        done.add(top.id);
        onPath.delete(top.id);
        path.pop();
      } else if (onPath.has(need)) {
        const from = path.findIndex((step) => step.id === need);
        return [...path.slice(from).map((step) => step.id), need];
      } else if (!done.has(need)) {
        path.push({ id: need, next: 0 });
        onPath.add(need);
      }
    }
  }
  return undefined;
}
