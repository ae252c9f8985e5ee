import type { FactOf, runEvents, TaskBadgeRow, TaskRow } from '@agencyos/contracts';

type RunFact = FactOf<typeof runEvents>;
export type TaskFact = Extract<RunFact, { data: { taskId: string } } | { type: 'RunReopened' }>;
type AttemptRow = TaskRow['attempts'][number];

/** A task can be given back without limit; its page shows the last of its attempts. */
const SHOWN_ATTEMPTS = 50;

/** The row after one more fact about its task. */
export function changeTask(row: TaskRow, { type, data, metadata: { recordedAt: at } }: TaskFact): TaskRow {
  switch (type) {
    case 'TaskScheduled': {
      const { attempt, role, input } = data;
      return { ...free(row), state: 'ready', attempt, role, input, readyAt: at, fault: undefined };
    }
    case 'TaskLeased': {
      const { attempt, leasedBy: holder, instanceId, leaseMs } = data;
      const begun: AttemptRow = {
        attempt,
        role: row.role ?? '',
        holder,
        instanceId,
        startedAt: at,
        outcome: 'running',
      };
      const startedAt = row.startedAt ?? at;
      return {
        ...row,
        state: 'leased',
        holder,
        instanceId,
        leaseMs,
        startedAt,
        attempts: shown([...row.attempts, begun]),
      };
    }
    case 'TaskSucceeded': {
      const flags = claimsApproval(data.output) ? { flags: ['claims_approval'] } : {};
      return {
        ...ended(row, data.attempt, 'succeeded', at, data),
        state: 'succeeded',
        output: data.output,
        ...(data.artifacts.length > 0 && { artifacts: data.artifacts }),
        endedAt: at,
        ...flags,
      };
    }
    case 'TaskFailed': {
      const { attempt, fault, final, logs } = data;
      const next = ended(row, attempt, 'failed', at, { note: fault.message, logs });
      return {
        ...(final ? next : free(next)),
        state: final ? 'failed' : 'between',
        fault,
        ...(final && { endedAt: at }),
      };
    }
    case 'TaskLeaseExpired': {
      const { attempt, final } = data;
      const next = free(ended(row, attempt, 'lost', at));
      return { ...next, state: final ? 'failed' : 'between', ...(final && { endedAt: at }) };
    }
    case 'TaskReleased':
      return { ...free(ended(row, data.attempt, 'released', at)), state: 'between' };
    case 'TaskHandedOff': {
      const { attempt, fromRole, toRole, reason, hop, logs } = data;
      const next = free(ended(row, attempt, 'handed_off', at, { note: reason, logs }));
      return {
        ...next,
        state: 'between',
        role: toRole,
        handoffs: [...row.handoffs, { fromRole, toRole, reason, hop, at }],
      };
    }
    case 'TaskStopRequested':
      return { ...row, state: 'stopping' };
    case 'TaskCancelled': {
      const next = data.attempt === undefined ? row : ended(row, data.attempt, 'cancelled', at, { note: data.reason });
      return { ...free(next), state: 'cancelled', endedAt: at };
    }
    case 'TaskSkipped':
      return { ...row, state: 'skipped', endedAt: at };
    case 'ScopeOpened':
      return { ...row, state: 'open', startedAt: at, endedAt: undefined };
    case 'ScopeClosed':
      return { ...row, state: data.outcome, endedAt: at };
    case 'GateReached': {
      const { approvalId, action, actionDigest } = data;
      return {
        ...row,
        state: 'waiting',
        readyAt: at,
        startedAt: at,
        endedAt: undefined,
        approvalId,
        action,
        actionDigest,
      };
    }
    case 'GateOpened':
      return { ...row, state: 'succeeded', endedAt: at };
    case 'GateRefused': {
      const { outcome, by, reason } = data;
      const refusal = { outcome, ...(by && { by }), ...(reason && { reason }) };
      return { ...row, state: 'failed', endedAt: at, refusal };
    }
    case 'RunReopened':
      return {
        ...free(row),
        state: 'planned',
        startedAt: undefined,
        endedAt: undefined,
        fault: undefined,
        refusal: undefined,
        output: undefined,
        artifacts: undefined,
      };
  }
}

/** The part that is laid over the task's card. */
export function badgeOf(runId: string, task: TaskRow): TaskBadgeRow {
  const { taskId, state, attempt, role, holder, instanceId, leaseMs, startedAt, endedAt, refusal } = task;
  const last = task.attempts.at(-1);
  const leasedAt = holder && last?.outcome === 'running' ? last.startedAt : undefined;
  const lease = { holder, instanceId, leaseMs, leasedAt };
  return { runId, taskId, state, attempt, role, ...lease, startedAt, endedAt, refusal };
}

/** Nobody holds it any more. */
const free = (row: TaskRow): TaskRow => ({
  ...row,
  holder: undefined,
  instanceId: undefined,
  leaseMs: undefined,
});

function ended(
  row: TaskRow,
  attempt: number,
  outcome: AttemptRow['outcome'],
  endedAt: string,
  { note, logs }: { note?: AttemptRow['note']; logs?: AttemptRow['logs'] } = {},
): TaskRow {
  const found = row.attempts.find((one) => one.attempt === attempt) ?? {
    attempt,
    role: row.role ?? '',
    outcome,
  };
  const end: AttemptRow = { ...found, outcome, endedAt, ...(note && { note }), ...(logs && { logs }) };
  return { ...row, attempts: shown([...row.attempts.filter((one) => one.attempt !== attempt), end]) };
}

const shown = (attempts: AttemptRow[]) => attempts.slice(-SHOWN_ATTEMPTS);

/** An output that says it is approved changes nothing; people should know that it tried. */
function claimsApproval(output: Extract<RunFact, { type: 'TaskSucceeded' }>['data']['output']): boolean {
  if (!('value' in output) || typeof output.value !== 'object' || output.value === null) return false;
  return (output.value as Record<string, unknown>)['approved'] === true;
}
