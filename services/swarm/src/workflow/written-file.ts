import type { WorkflowFile } from '@agencyos/contracts';

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
export interface WrittenNode {
  /** Its place in the file. */
  index: number;
  isGate: boolean;
  /** Fields of which something was left out: what they would say is not known. */
  wrong: ReadonlySet<string>;
  id?: string | undefined;
  needs?: string[] | undefined;
  after?: string | undefined;
  handoff?: unknown;
  run?: string[] | undefined;
  env?: Record<string, string> | undefined;
  input?: unknown;
  produces?: Record<string, string> | undefined;
  uses?: string[] | undefined;
  gate?: {
    action?: { kind?: string; target?: string; parameters?: unknown };
    brief?: string | undefined;
    policy?: string | undefined;
  };
}

/** As sentences name it. */
export const named = ({ id, index }: WrittenNode): string => (id === undefined ? `task ${index + 1}` : `"${id}"`);

/** What it needs: its gate, when it says nothing else. */
export const needsOf = ({ needs, after }: WrittenNode): string[] => needs ?? (after === undefined ? [] : [after]);
