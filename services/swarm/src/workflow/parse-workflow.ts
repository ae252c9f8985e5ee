import { WORKFLOW_LIMITS, type WorkflowProblem } from '@agencyos/contracts';
import { writtenGates, type WrittenGate } from '../kinds/gate/gates-of.js';
import { checkKinds } from './check-kinds.js';
import { checkReferences } from './check-references.js';
import { checkTemplates } from './check-templates.js';
import { NodeGraph } from './node-graph.js';
import { inOrder, MAX_PROBLEMS } from './problem-list.js';
import { rawNodes } from './raw-nodes.js';
import { readShape } from './read-shape.js';
import { valueFits } from './run-input.js';
import { toDefinition } from './to-definition.js';
import type { WorkflowDefinition } from './workflow-definition.js';
import type { WrittenFile } from './written-file.js';
import { YamlDocument } from './yaml-document.js';

/** What a workflow file says, or everything that is wrong with it; and what others are to be asked about. */
export type Parsed = ({ definition: WorkflowDefinition } | { problems: WorkflowProblem[] }) & {
  workflowId?: string;
  gates: WrittenGate[];
};

/** {@link parseWorkflow} of a file as it is stored. */
export function parseBytes(bytes: Uint8Array): Parsed {
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { problems: [{ code: 'yaml', message: 'the file is not UTF-8', path: '' }], gates: [] };
  }
  return parseWorkflow(source);
}

/** A workflow file → what the scheduler follows, or everything that is wrong with it. */
export function parseWorkflow(source: string): Parsed {
  const document = YamlDocument.parse(source);
  return Array.isArray(document) ? { problems: document, gates: [] } : checkDocument(document);
}

/** Each part that has the right shape is looked at further, so that all mistakes are told at once. */
export function checkDocument(document: YamlDocument): Parsed {
  const nodes = rawNodes(document.value).length;
  if (nodes > WORKFLOW_LIMITS.nodes) {
    const message = `the workflow has ${nodes} tasks; at most ${WORKFLOW_LIMITS.nodes} are allowed`;
    return { problems: [document.problem('too_many_nodes', ['tasks'], message)], gates: [] };
  }
  const { problems, file, sound } = readShape(document);
  if (!file) return { problems: inOrder([...document.repeated, ...problems]), gates: [] };
  const graph = new NodeGraph(file.nodes);
  const all = [
    ...document.repeated,
    ...problems,
    ...checkDefaults(file, document).take(MAX_PROBLEMS),
    ...checkReferences(file, document, graph).take(MAX_PROBLEMS),
    ...checkTemplates(file, document, graph).take(MAX_PROBLEMS),
    ...checkKinds(file, document, graph).take(MAX_PROBLEMS),
  ];
  const asked = {
    gates: writtenGates(file, document),
    ...(file.workflowId !== undefined && { workflowId: file.workflowId }),
  };
  return sound && all.length === 0 ? { definition: toDefinition(sound), ...asked } : { problems: inOrder(all), ...asked };
}

function* checkDefaults({ input }: WrittenFile, document: YamlDocument): Generator<WorkflowProblem> {
  for (const [name, field] of input ?? []) {
    if (field?.default !== undefined && !valueFits(field.type, field.default)) {
      const message = `the default of "${name}" is no ${field.type}`;
      yield document.problem('bad_default', ['input', name], message, 'default');
    }
  }
}
