import type { AttemptRef, RunEvent } from '@agencyos/contracts';
import type { EventStore } from '@agencyos/runtime';
import type { GrantedLease } from './lease-table.js';

const ENDS: ReadonlySet<string> = new Set([
  'TaskSucceeded',
  'TaskFailed',
  'TaskLeaseExpired',
  'TaskReleased',
  'TaskHandedOff',
  'TaskCancelled',
]);

/** Leases of one run that its stream says are held, whatever the rows say: a lost row is made again from this. */
export async function findLeases(store: EventStore, runId: string): Promise<Map<string, GrantedLease>> {
  const held = new Map<string, GrantedLease>();
  for await (const { id, type, data } of store.read(`run-${runId}`)) {
    const { taskId } = data as { taskId?: string };
    if (taskId === undefined) continue;
    if (type === 'TaskLeased') {
      const { attempt, leasedBy, instanceId, leaseMs } = data as Extract<RunEvent, { type: 'TaskLeased' }>['data'];
      if (leaseMs === undefined || !leasedBy.startsWith('agent:')) continue;
      const agentId = leasedBy.slice('agent:'.length);
      held.set(taskId, { runId, taskId, attempt, agentId, instanceId, leaseMs, eventId: id });
    } else if (type === 'TaskStopRequested') {
      const lease = held.get(taskId);
      if (lease) held.set(taskId, { ...lease, stop: String(data['why']) });
    } else if (ENDS.has(type)) held.delete(taskId);
  }
  return held;
}

export const attemptKey = ({ runId, taskId, attempt }: AttemptRef): string => `${runId}/${taskId}/${attempt}`;
