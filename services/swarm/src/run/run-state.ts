import type { CancelledBy, Cause, Json, RunState, Usage } from '@agencyos/contracts';
import type { Task } from './task.js';
import { TaskTable } from './task-table.js';

/** A run as its events tell it. */
export interface Run {
  status: 'none' | RunState;
  runId: string;
  workflowId: string;
  digest: string;
  name: string;
  input: unknown;
  cause?: Cause;
  taskCount: number;
  cards: 'tasks' | 'run' | 'none';
  deadlineAt?: string;
  /** Why it is being cancelled. */
  cancel?: { by: CancelledBy; reason?: string };
  usage: Usage;
  tasks: TaskTable;
  /** Tasks whose output lies in the content store: it was too large for an event. */
  storedOutputs: readonly string[];
}

export const noRun: Run = {
  status: 'none',
  runId: '',
  workflowId: '',
  digest: '',
  name: '',
  input: {},
  taskCount: 0,
  cards: 'none',
  usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0, activeMs: 0 },
  tasks: TaskTable.empty,
  storedOutputs: [],
};

/** A run from its JSON. */
export function reviveRun(json: unknown): Run {
  const run = json as Run;
  return { ...run, tasks: TaskTable.of(run.tasks as unknown as readonly (readonly Task[])[]) };
}

export function addUsage(total: Usage, more: Usage | undefined): Usage {
  if (!more) return total;
  // Costs of different currencies cannot be added; the first one met is kept.
  const cost =
    total.cost && more.cost?.currency === total.cost.currency
      ? { currency: total.cost.currency, micros: sum(total.cost.micros, more.cost.micros) }
      : (total.cost ?? more.cost);
  return {
    inputTokens: sum(total.inputTokens, more.inputTokens),
    outputTokens: sum(total.outputTokens, more.outputTokens),
    cachedTokens: sum(total.cachedTokens, more.cachedTokens),
    activeMs: sum(total.activeMs, more.activeMs),
    ...(cost && { cost }),
  };
}

/** Beyond, a number would be recorded as another one. */
const sum = (one: number, other: number): number => Math.min(one + other, Number.MAX_SAFE_INTEGER);

/** The value itself when it is inline. */
export const inlineValue = (json: Json): unknown => ('value' in json ? json.value : undefined);
