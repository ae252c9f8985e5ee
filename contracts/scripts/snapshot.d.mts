type Schema = Record<string, unknown>;

interface Event {
  context: string;
  aggregate: string;
  schema: number;
  /** By schema, from which level it is written. */
  since?: Record<number, { level: number; adds?: readonly string[] }>;
  data: Schema;
}

interface Command {
  context: string;
  aggregate: string;
  idField: string;
  permission: string[];
  since?: number;
  fieldsSince?: Record<string, number>;
  data: Schema;
}

export interface ContractsSnapshot {
  /** What a version with these contracts reads; of before levels when absent. */
  level?: number;
  events: Record<string, Event>;
  commands: Record<string, Command>;
  views: Record<string, { context: string; permission: string; rows: Record<string, Schema> }>;
  /** Messages that others send to us. */
  taken: Record<string, Schema>;
  /** Messages that we send to others. */
  given: Record<string, Schema>;
  rest: Record<string, { body?: Schema; answers: Record<string, Schema> }>;
  subjects: Record<string, string>;
  permissions: string[];
}

/** Everything of the contracts that somebody outside relies on, as plain data. */
export function snapshot(contracts: object): ContractsSnapshot;
/** Text of a snapshot: one line per name, so that a change shows what it is about. */
export function snapshotText(version: string, snapshot: ContractsSnapshot): string;
