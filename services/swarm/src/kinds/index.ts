import type { WorkflowNode } from '../workflow/workflow-definition.js';
import { gateKind } from './gate/index.js';
import type { AnyKind } from './kind.js';
import { parallelKind } from './parallel/index.js';
import { sequenceKind } from './sequence/index.js';
import { taskKind } from './task/index.js';

/** Every kind of node. */
const kinds: readonly AnyKind[] = [taskKind, gateKind, sequenceKind, parallelKind];

const byName = new Map(kinds.map((kind) => [kind.name, kind]));
const told = kinds.filter(({ field }) => field !== undefined);

/** The kind that is meant by what stands in a file. */
export const writtenKind = (fields: object): AnyKind => told.find(({ field }) => Object.hasOwn(fields, field!)) ?? taskKind;

export function kindOf({ kind }: Pick<WorkflowNode, 'kind'>): AnyKind {
  const found = byName.get(kind);
  if (!found) throw new Error(`there is no node of the kind ${kind}`);
  return found;
}
