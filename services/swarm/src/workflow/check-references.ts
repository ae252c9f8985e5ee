import { WORKFLOW_LIMITS, type WorkflowProblem } from '@agencyos/contracts';
import type { NodeGraph } from './node-graph.js';
import { named, type WrittenFile, type WrittenNode } from './written-file.js';
import type { YamlDocument } from './yaml-document.js';

/** Ids are unique and make paths that tasks can have as theirs, what is named exists, nothing waits for itself. */
export function* checkReferences({ nodes }: WrittenFile, document: YamlDocument, graph: NodeGraph): Generator<WorkflowProblem> {
  for (const node of nodes) {
    const { id, path } = node;
    const first = id === undefined ? node : graph.byId.get(id)!;
    if (first === node) continue;
    const { line } = document.position(first.path, 'id');
    yield document.problem('duplicate_id', path, `"${id}" is already the id of line ${line}`, 'id');
  }
  for (const node of nodes) {
    const { length } = taskPath(node);
    if (length <= WORKFLOW_LIMITS.pathCharacters) continue;
    const message =
      `${named(node)} and the groups around it have ids of ${length} characters together, which is the id of its task: ` +
      `${WORKFLOW_LIMITS.pathCharacters} are allowed, so shorten some`;
    yield document.problem('shape', node.path, message, 'id');
  }
  for (const node of nodes) {
    for (const [position, need] of (node.needs ?? []).entries()) {
      if (need === '') continue;
      const why = notToBeNeeded(node, graph.byId.get(need));
      if (why === undefined) continue;
      yield document.problem('dangling_need', [...node.path, 'needs', position], `${named(node)} needs "${need}", which ${why}`);
    }
  }
  const cycle = findCycle(graph);
  if (cycle) {
    const [first] = cycle as [WrittenNode];
    const message = `cycle: ${cycle.map(({ id }) => id).join(' → ')}`;
    yield document.problem('cycle', first.path, message, 'needs');
  }
}

const taskPath = ({ id = '', within }: WrittenNode): string => (within ? `${taskPath(within)}/${id}` : id);

/** Only what stands in the same group, or in one around it, ends whatever becomes of the group. */
function notToBeNeeded(node: WrittenNode, need: WrittenNode | undefined): string | undefined {
  if (!need) return 'does not exist';
  for (let group = node.within; group; group = group.within) if (group === need) return 'it stands in itself';
  for (let place: WrittenNode | undefined = node; place; place = place.within) if (place.within === need.within) return undefined;
  return `stands in ${named(need.within!)}: let it need ${named(need.within!)}, or put it in there, too`;
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
