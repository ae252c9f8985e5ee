import type { WindowEntry } from '@agencyos/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { readingStatements } from './reading-statements.js';
import { timerStatements } from './timer-statements.js';
import { viewStatements } from './view-statements.js';

export interface ParkedRow {
  consumer: string;
  epoch: string;
  position: number;
  stream: string;
  fact: { data?: { timers?: unknown[] } };
  cause: string;
  held: boolean;
}
export interface TimerRow {
  kind: string;
  key: string;
  /** Milliseconds by the database's clock. */
  dueAt: number;
  fact: unknown;
  command: unknown;
  elapses: boolean;
}
export interface ProjectionRow {
  name: string;
  epoch: string;
  version: number;
  position: number;
  active: boolean;
  stale: boolean;
}

/** The rows of a service's consumers. */
export class MemoryRows {
  readonly positions = new Map<string, string>();
  readonly memory = new Map<string, unknown>();
  parked: ParkedRow[] = [];
  timers: TimerRow[] = [];
  projections: ProjectionRow[] = [];
  /** Values by epoch, kind, id and key. */
  readonly views = new Map<string, unknown>();
  /** By what windows find them. */
  readonly entries = new Map<string, WindowEntry>();
  /** Revisions by epoch, kind and id. */
  readonly heads = new Map<string, number>();
  readonly gaps = new Map<string, number>();
}

/** What one statement does to the rows, and answers. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each statement has parameters of its own
export type Statement = (rows: MemoryRows, parameters: any[], now: number) => unknown;

const STATEMENTS: [beginning: string, statement: Statement][] = [...readingStatements, ...timerStatements, ...viewStatements];

/**
 * The tables of a service's consumers in memory, for unit tests: it knows the statements that they use, word for word,
 * and no other. What a transaction did is undone when it fails. That PostgreSQL understands the same by them is what
 * the tests with servers show.
 */
export class MemoryTables {
  rows = new MemoryRows();
  /** Every statement that was taken, in order. */
  readonly taken: string[] = [];
  private failure: { beginning: string; error: Error } | undefined;

  /** @param clock the database's, in milliseconds */
  constructor(private readonly clock: () => number = () => Date.now()) {}

  get database(): DataSource {
    return this as unknown as DataSource;
  }

  /** The next statement that begins so fails. */
  failOnce(beginning: string, error = new Error('could not be written')): void {
    this.failure = { beginning, error };
  }

  async query(sql: string, parameters: unknown[] = []): Promise<unknown> {
    const words = sql.replace(/\s+/g, ' ').trim();
    const failure = this.failure;
    if (failure && words.startsWith(failure.beginning)) {
      this.failure = undefined;
      throw failure.error;
    }
    const [, statement] = STATEMENTS.find(([beginning]) => words.startsWith(beginning)) ?? [];
    if (!statement) throw new Error(`these tables do not know the statement: ${words}`);
    this.taken.push(words);
    const answer = statement(this.rows, parameters, this.clock());
    return structuredClone(answer);
  }

  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const before = structuredClone(this.rows);
    try {
      return await work(this as unknown as EntityManager);
    } catch (error) {
      this.rows = Object.assign(new MemoryRows(), before);
      throw error;
    }
  }
}
