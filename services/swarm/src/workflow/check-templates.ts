import type { WorkflowProblem } from '@agencyos/contracts';
import { kindOf } from '../kinds/index.js';
import type { NodeGraph } from './node-graph.js';
import { expressionsIn, parseExpression, type Reference } from './templates.js';
import type { WorkflowNode } from './workflow-definition.js';
import { named, type WrittenFile, type WrittenNode } from './written-file.js';
import type { YamlDocument } from './yaml-document.js';

/** Every `${{ … }}` names a declared input or the output of a task that is certainly finished by then. */
export function* checkTemplates(file: WrittenFile, document: YamlDocument, graph: NodeGraph): Generator<WorkflowProblem> {
  for (const node of file.nodes) {
    for (const { expression, path } of expressionsIn(node.kind.templates?.(node.fields))) {
      const fault = faultOf(expression, file, graph, node);
      if (fault) yield document.problem('bad_template', [...node.path, ...path], fault);
    }
  }
  for (const { expression, path } of expressionsIn(file.output)) {
    const fault = faultOf(expression, file, graph);
    if (fault) yield document.problem('bad_template', ['output', ...path], fault);
  }
}

/** The parts of a node that are resolved when it begins. */
export const templated = (node: WorkflowNode): unknown => kindOf(node).templated?.(node);

function faultOf(expression: string, { input }: WrittenFile, graph: NodeGraph, by?: WrittenNode): string | undefined {
  let reference: Reference;
  try {
    reference = parseExpression(expression);
  } catch (error) {
    return (error as Error).message;
  }
  if (reference.of === 'input' && input && !input.has(reference.path[0]!)) {
    return `the workflow declares no input "${reference.path[0]}"`;
  }
  if (reference.of === 'uses') {
    const { name } = reference;
    if (by?.wrong.has('uses')) return undefined;
    const uses = by?.fields['uses'] as string[] | undefined;
    const known = uses?.some((used) => used.slice(used.indexOf('.') + 1) === name);
    return known ? undefined : `"${name}" is not among what this uses`;
  }
  if (reference.of !== 'task') return undefined;
  const node = graph.byId.get(reference.taskId);
  if (!node) return `there is no task "${reference.taskId}"`;
  if (!node.kind.hasOutput) return `"${node.id}" is a ${node.kind.name} and has no output`;
  if (by) {
    const why = `"${node.id}" is not among what this needs, so it may not be finished by then`;
    return graph.mayBeFinished(node, by) ? undefined : why;
  }
  const group = endsWithout(node);
  return group && `"${node.id}" stands in ${named(group)}, which may end without it`;
}

/** The group around it that does not wait for it, if there is one. */
function endsWithout(node: WrittenNode): WrittenNode | undefined {
  let group = node.within;
  while (group?.kind.endsAll?.(group.fields)) group = group.within;
  return group;
}
