import { writtenKind } from '../kinds/index.js';
import type { AnyKind } from '../kinds/kind.js';

/** A node as it stands in the file, not looked at yet. */
export interface RawNode {
  value: unknown;
  kind: AnyKind;
  path: readonly PropertyKey[];
  /** The group that it stands in. */
  within?: RawNode;
  /** In a group whose nodes take turns: the one before. */
  previous?: RawNode;
  depth: number;
}

/** All nodes of a file as they stand in it, so each after the group that it stands in. */
export const rawNodes = (file: unknown): RawNode[] => nodesIn(at(file, ['tasks']), ['tasks']);

function nodesIn(list: unknown, path: readonly PropertyKey[], within?: RawNode): RawNode[] {
  const found: RawNode[] = [];
  let previous: RawNode | undefined;
  for (const [index, value] of (Array.isArray(list) ? (list as unknown[]) : []).entries()) {
    const kind = writtenKind(typeof value === 'object' && value !== null ? value : {});
    const turn = within?.kind.inside?.inTurn && previous ? { previous } : {};
    const node: RawNode = {
      value,
      kind,
      path: [...path, index],
      ...(within && { within }),
      ...turn,
      depth: (within?.depth ?? -1) + 1,
    };
    previous = node;
    found.push(node);
    if (!kind.inside) continue;
    const { path: inner } = kind.inside;
    for (const one of nodesIn(at(value, inner), [...node.path, ...inner], node)) found.push(one);
  }
  return found;
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (found, part) => (typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[part] : undefined),
    value,
  );
