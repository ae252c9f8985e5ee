import type { WorkflowFile } from '@agencyos/contracts';
import type { AnyKind } from '../kinds/kind.js';

export type InputField = NonNullable<WorkflowFile['input']>[string];

/** A workflow file as far as it has the right shape, so that all mistakes are told at once. */
export interface WrittenFile {
  /** Absent where it is none. */
  workflowId?: string;
  /** By their names; absent where nobody can tell what is declared. */
  input?: ReadonlyMap<string, InputField | undefined>;
  output?: unknown;
  nodes: WrittenNode[];
}

/** A node without what has not the right shape. An item of a list that is wrong is empty text. */
export interface WrittenNode<F extends object = Record<string, unknown>> {
  kind: AnyKind;
  /** Where it stands in the file. */
  path: readonly PropertyKey[];
  /** Fields of which something was left out: what they would say is not known. */
  wrong: ReadonlySet<string>;
  /** The group that it stands in. */
  within?: WrittenNode | undefined;
  /** Where nodes take turns: the one before. */
  previous?: WrittenNode | undefined;
  id?: string | undefined;
  needs?: string[] | undefined;
  /** All that it says, these two among it. */
  fields: F;
}

/** As sentences name it. */
export const named = ({ id, path }: WrittenNode<object>): string =>
  id === undefined ? `task ${Number(path.at(-1)) + 1}` : `"${id}"`;

/** What it needs, said or not. */
export const needsOf = ({ needs, kind, fields }: WrittenNode): string[] => needs ?? kind.needs?.(fields) ?? [];
