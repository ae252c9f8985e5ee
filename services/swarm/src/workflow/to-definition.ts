import { durationMs } from '@agencyos/contracts';
import { usedFile } from './check-files.js';
import type { Sound } from './read-shape.js';
import { MAX_TASK_CARDS, type WorkflowDefinition, type WorkflowNode } from './workflow-definition.js';

/** What the scheduler follows; of a file without a mistake. */
export function toDefinition({ head: file, nodes: written }: Sound): WorkflowDefinition {
  const guards = new Map<string, string[]>();
  for (const node of written) {
    if (!('role' in node) || node.after === undefined) continue;
    const guarded = guards.get(node.after);
    if (guarded) guarded.push(node.id);
    else guards.set(node.after, [node.id]);
  }
  const nodes = inOrder(written.map((node) => toNode(node, guards.get(node.id) ?? [])));
  const roles = nodes.flatMap((node) => (node.kind === 'task' ? [node.role, ...(node.handoff?.to ?? [])] : []));
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
    roles: [...new Set(roles)].sort(),
  };
}

function toNode(node: Sound['nodes'][number], guards: string[]): WorkflowNode {
  if ('gate' in node) {
    const { action, policy, brief, expires } = node.gate;
    return {
      kind: 'gate',
      id: node.id,
      title: node.title ?? node.id,
      needs: [...new Set(node.needs ?? [])],
      action: { ...action, artifacts: action.artifacts ?? [] },
      guards,
      ...(policy !== undefined && { policyId: policy }),
      ...(brief !== undefined && { brief }),
      ...(expires !== undefined && { expiresInMs: durationMs(expires)! }),
    };
  }
  return {
    kind: 'task',
    id: node.id,
    title: node.title ?? node.id,
    role: node.role,
    needs: [...new Set(node.needs ?? (node.after === undefined ? [] : [node.after]))],
    leaseMs: durationMs(node.lease ?? '30s')!,
    timeoutMs: durationMs(node.timeout ?? '10m')!,
    retries: node.retries ?? 2,
    backoffMs: durationMs(node.backoff ?? '1s')!,
    priority: node.priority ?? 0,
    ...(node.run && { run: node.run }),
    ...(node.env && { env: node.env }),
    ...(node.image !== undefined && { image: node.image }),
    ...(node.input !== undefined && { input: node.input }),
    ...(node.produces && { produces: node.produces }),
    ...(node.uses && { uses: node.uses.map(usedFile) }),
    ...(node.startWithin !== undefined && { startWithinMs: durationMs(node.startWithin)! }),
    ...(node.handoff && { handoff: { to: node.handoff.to, hops: node.handoff.hops ?? 1 } }),
    ...(node.after !== undefined && { after: node.after }),
  };
}

/** As written, except that a node stands after all that it needs. The graph is known to have no cycle. */
function inOrder(nodes: WorkflowNode[]): WorkflowNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const placed = new Set<string>();
  const result: WorkflowNode[] = [];
  for (const root of nodes) {
    const path: { node: WorkflowNode; next: number }[] = [{ node: root, next: 0 }];
    while (path.length > 0) {
      const top = path.at(-1)!;
      const need = top.node.needs[top.next++];
      if (placed.has(top.node.id)) path.pop();
      else if (need === undefined) {
        placed.add(top.node.id);
        result.push(top.node);
        path.pop();
      } else if (!placed.has(need)) path.push({ node: byId.get(need)!, next: 0 });
    }
  }
  return result;
}
