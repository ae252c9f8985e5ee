import { durationMs, FIRST_LEVEL, PLANS_NEST } from '@agencyos/contracts';
import { kindOf } from '../kinds/index.js';
import type { Sound } from './read-shape.js';
import { MAX_TASK_CARDS, type WorkflowDefinition, type WorkflowNode } from './workflow-definition.js';

/** What the scheduler follows; of a file without a mistake. */
export function toDefinition({ head: file, nodes: written }: Sound): WorkflowDefinition {
  const guards = new Map<string, string[]>();
  for (const { fields } of written) {
    if (!('after' in fields) || typeof fields.after !== 'string') continue;
    const guarded = guards.get(fields.after);
    if (guarded) guarded.push(fields.id);
    else guards.set(fields.after, [fields.id]);
  }
  const paths = new Map<string, string>();
  const nodes = inOrder(
    written.map(({ kind, fields, within, previous }) => {
      const { id, title = id, join } = fields;
      const taskId = within === undefined ? id : `${paths.get(within)}/${id}`;
      paths.set(id, taskId);
      const needs = [...new Set(fields.needs ?? kind.needs?.(fields) ?? [])];
      const place = { ...(within !== undefined && { within }), ...(previous !== undefined && { previous }) };
      return kind.plan(fields, { id, taskId, title, needs, ...place, ...(join && { join }) }, guards.get(id) ?? []);
    }),
  );
  const cards = file.cards ?? 'tasks';
  return {
    workflowId: file.workflow,
    title: file.title,
    cards: cards === 'tasks' && nodes.length > MAX_TASK_CARDS ? 'run' : cards,
    input: file.input ?? {},
    ...(file.deadline !== undefined && { deadlineMs: durationMs(file.deadline)! }),
    ...(file.output !== undefined && { output: file.output }),
    nodes,
    byId: new Map(nodes.map((node) => [node.id, node])),
    level: Math.max(...nodes.map((node) => (node.join ? PLANS_NEST : (kindOf(node).since ?? FIRST_LEVEL)))),
    roles: [...new Set(nodes.flatMap((node) => kindOf(node).roles?.(node) ?? []))].sort(),
  };
}

/** As written, except that a node stands after its group and after all that it needs. The graph is known to have no cycle. */
function inOrder(nodes: WorkflowNode[]): WorkflowNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const placed = new Set<string>();
  const result: WorkflowNode[] = [];
  for (const root of nodes) {
    const path = [step(root)];
    while (path.length > 0) {
      const top = path.at(-1)!;
      const need = top.first[top.next++];
      if (placed.has(top.node.id)) path.pop();
      else if (need === undefined) {
        placed.add(top.node.id);
        result.push(top.node);
        path.pop();
      } else if (!placed.has(need)) path.push(step(byId.get(need)!));
    }
  }
  return result;
}

function step(node: WorkflowNode): { node: WorkflowNode; first: string[]; next: number } {
  const { within = [], previous = [], needs } = node;
  return { node, first: [within, previous, needs].flat(), next: 0 };
}
