import type { WorkflowProblem } from '@agencyos/contracts';
import type { NodeGraph } from './node-graph.js';
import type { WrittenFile } from './written-file.js';
import type { YamlDocument } from './yaml-document.js';

/** What each kind asks of its nodes. */
export function* checkKinds(file: WrittenFile, document: YamlDocument, graph: NodeGraph): Generator<WorkflowProblem> {
  for (const node of file.nodes) yield* node.kind.check?.(node, { file, document, graph }) ?? [];
}
