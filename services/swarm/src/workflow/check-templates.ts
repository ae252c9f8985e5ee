import type { WorkflowProblem } from '@agencyos/contracts';
import { expressionsIn, parseExpression, type Reference } from './templates.js';
import type { WorkflowNode, WorkflowSpec } from './workflow-spec.js';
import type { YamlDocument } from './yaml-document.js';

/**
 * Every `${{ … }}` names a declared input or the output of a task that is certainly finished by then.
 * @param written ids in the order of the file
 */
export function* checkTemplates(
  spec: WorkflowSpec,
  written: string[],
  document: YamlDocument,
  ancestors: Ancestors,
): Generator<WorkflowProblem> {
  const lines = new Map(written.map((id, index) => [id, index]));
  for (const node of spec.nodes) {
    const base = ['tasks', lines.get(node.id)!];
    for (const { expression, path } of expressionsIn(templated(node))) {
      const fault = faultOf(expression, spec, (taskId) => ancestors.has(node, taskId), node);
      if (fault) yield document.problem('bad_template', [...base, ...path], fault);
    }
  }
  for (const { expression, path } of expressionsIn(spec.output)) {
    const fault = faultOf(expression, spec, () => true);
    if (fault) yield document.problem('bad_template', ['output', ...path], fault);
  }
}

/** The parts of a node that are resolved when it is scheduled, under the names that the file has for them. */
export function templated(node: WorkflowNode): unknown {
  if (node.kind === 'task') return { run: node.run, env: node.env, input: node.input };
  const { target, parameters } = node.action;
  return { gate: { action: { target, parameters }, brief: node.brief } };
}

function faultOf(
  expression: string,
  spec: WorkflowSpec,
  finished: (taskId: string) => boolean,
  by?: WorkflowNode,
): string | undefined {
  let reference: Reference;
  try {
    reference = parseExpression(expression);
  } catch (error) {
    return (error as Error).message;
  }
  if (reference.of === 'input' && !Object.hasOwn(spec.input, reference.path[0]!)) {
    return `the workflow declares no input "${reference.path[0]}"`;
  }
  if (reference.of === 'uses') {
    const known = by?.kind === 'task' && by.uses?.some(({ name }) => name === reference.name);
    return known ? undefined : `"${reference.name}" is not among what this uses`;
  }
  if (reference.of !== 'task') return undefined;
  const node = spec.byId.get(reference.taskId);
  if (!node) return `there is no task "${reference.taskId}"`;
  if (node.kind === 'gate') return `"${node.id}" is a gate and has no output`;
  return finished(node.id)
    ? undefined
    : `"${node.id}" is not among what this needs, so it may not be finished by then`;
}

/** Who comes before whom: a bit per pair (10,000 nodes take 12 MB), worked out when first asked. */
export class Ancestors {
  private bits: Uint32Array[] | undefined;
  private readonly index: Map<string, number>;

  constructor(private readonly spec: WorkflowSpec) {
    this.index = new Map(spec.nodes.map((node, index) => [node.id, index]));
  }

  has(node: WorkflowNode, candidate: string): boolean {
    this.bits ??= this.all();
    const at = this.index.get(candidate)!;
    return (this.bits[this.index.get(node.id)!]![at >>> 5]! & (1 << (at & 31))) !== 0;
  }

  private all(): Uint32Array[] {
    const bits: Uint32Array[] = [];
    for (const node of this.spec.nodes) {
      const own = new Uint32Array(Math.ceil(this.spec.nodes.length / 32));
      for (const need of node.needs) {
        const at = this.index.get(need)!;
        own[at >>> 5]! |= 1 << (at & 31);
        for (const [word, value] of bits[at]!.entries()) own[word]! |= value;
      }
      bits.push(own);
    }
    return bits;
  }
}
