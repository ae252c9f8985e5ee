import type { Action, Content, Fault, Json, PlannedTask, Resume, RunEvent, TaskState } from '@agencyos/contracts';

import { verdict, type ScopeCounts, type ScopeRule } from './scope.js';

type Data<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>['data'];

/** What the run remembers of one task. */
export interface Task {
  taskId: string;
  nodeId: string;
  kind: PlannedTask['kind'];
  title: string;
  /** Present role; a handoff changes it. Empty for what nobody works on. */
  role: string;
  needs: readonly string[];
  card: boolean;
  state: TaskState;
  /** Number of the present or last attempt: the fencing token. */
  attempt: number;
  /** Revision of the last event about it. */
  revision: number;
  /** Revision at which it last came to stand elsewhere on a board: what people have seen is as old as that. */
  turned: number;
  /** The group that it stands in. */
  within?: string;
  /** Needs that have not ended well, and its group until that has begun. */
  open: number;
  /** Needs that never will: failed, cancelled, given up because of others. */
  broken: number;
  /** Skipped by a condition, its own or that of what it needs: no fault of anybody. */
  passed?: boolean;
  /** Its group is decided: it is not needed any more. */
  doomed?: boolean;
  /** Groups, once begun: what it takes to succeed. */
  rule?: ScopeRule;
  /** Groups: what has become of what stands directly inside. */
  inside: ScopeCounts;
  failures: number;
  losses: number;
  /** How often agents gave it back. */
  releases: number;
  /** Roles that have had it, in order. */
  visited: readonly string[];
  /** Between attempts: the next one is due now rather than by a timer. */
  dueNow?: boolean;
  holder?: string;
  leaseMs?: number;
  stop?: { why: Data<'TaskStopRequested'>['why']; then: Data<'TaskStopRequested'>['then'] };
  /** The result that was accepted last and whose it is, to recognise its repetition. */
  result?: { attempt: number; by?: string | undefined } & ({ output: Json; artifacts: Content[] } | { fault: Fault });
  resume?: Resume;
  /** Gates: how often it was reached. */
  round: number;
  approvalId?: string;
  actionDigest?: string;
  action?: Action;
  /** Gates, once open. */
  validUntilAt?: string;
  /** Gates that did not open: why. */
  refusal?: Pick<Data<'GateRefused'>, 'outcome' | 'by' | 'reason'>;
}

const ACTIVE: ReadonlySet<TaskState> = new Set(['ready', 'leased', 'stopping', 'waiting', 'between', 'queued']);

export const isActive = ({ state }: Task): boolean => ACTIVE.has(state);
export const isTerminal = ({ state }: Pick<Task, 'state'>): boolean =>
  state !== 'planned' && state !== 'open' && !ACTIVE.has(state);
/** What needs it may go on. */
export const endedWell = ({ state, passed }: Task): boolean => state === 'succeeded' || (state === 'skipped' && passed === true);
/** What needs it never will. */
export const isBroken = (task: Task): boolean => isTerminal(task) && !endedWell(task);
/** Something becomes true of it as soon as the scheduler looks. */
export function wantsAttention(task: Task): boolean {
  const { state, open, broken, dueNow, doomed, rule, inside } = task;
  if (doomed) return state !== 'stopping' && !isTerminal(task);
  if (state === 'open') return rule !== undefined && verdict(rule, inside) !== undefined;
  return (state === 'planned' && (open === 0 || broken > 0)) || (state === 'between' && dueNow === true);
}

/** Where it stands on a board: more than this of it people have not seen. */
export function placeOf({ state }: Pick<Task, 'state'>): 'todo' | 'doing' | 'review' | TaskState {
  if (state === 'leased' || state === 'stopping' || state === 'open') return 'doing';
  if (state === 'waiting') return 'review';
  return state === 'planned' || state === 'queued' || state === 'ready' || state === 'between' ? 'todo' : state;
}
