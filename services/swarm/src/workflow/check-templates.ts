import type { WorkflowProblem } from '@agencyos/contracts';
import type { NodeGraph } from './node-graph.js';
import { expressionsIn, parseExpression, type Reference } from './templates.js';
import type { WorkflowNode } from './workflow-definition.js';
import type { WrittenFile, WrittenNode } from './written-file.js';
import type { YamlDocument } from './yaml-document.js';

/** Every `${{ … }}` names a declared input or the output of a task that is certainly finished by then. */
export function* checkTemplates(file: WrittenFile, document: YamlDocument, graph: NodeGraph): Generator<WorkflowProblem> {
  for (const node of file.nodes) {
    for (const { expression, path } of expressionsIn(templates(node))) {
      const fault = faultOf(expression, file, graph, node);
      if (fault) yield document.problem('bad_template', ['tasks', node.index, ...path], fault);
    }
  }
  for (const { expression, path } of expressionsIn(file.output)) {
    const fault = faultOf(expression, file, graph);
    if (fault) yield document.problem('bad_template', ['output', ...path], fault);
  }
}

function templates({ isGate, gate, run, env, input }: WrittenNode): unknown {
  if (!isGate) return { run, env, input };
  return { gate: { action: { target: gate?.action?.target, parameters: gate?.action?.parameters }, brief: gate?.brief } };
}

/** The parts of a node that are resolved when it is scheduled. */
export function templated(node: WorkflowNode): unknown {
  if (node.kind === 'task') return [node.run, node.env, node.input];
  const { target, parameters } = node.action;
  return [target, parameters, node.brief];
}

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
    const known = by && !by.isGate && by.uses?.some((used) => used.slice(used.indexOf('.') + 1) === name);
    return known ? undefined : `"${name}" is not among what this uses`;
  }
  if (reference.of !== 'task') return undefined;
  const node = graph.byId.get(reference.taskId);
  if (!node) return `there is no task "${reference.taskId}"`;
  if (node.isGate) return `"${node.id}" is a gate and has no output`;
  return !by || graph.mayBeFinished(node, by)
    ? undefined
    : `"${node.id}" is not among what this needs, so it may not be finished by then`;
}
