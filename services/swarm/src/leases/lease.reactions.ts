import { runEvents, subjects, type StopOrder } from '@agencyos/contracts';
import { defineReactions, reactingTo, type Bus } from '@agencyos/runtime';
import type { LeaseTable } from './lease-table.js';

/** Keeps the lease rows as the facts say, and tells holders to stop at once (their next heartbeat says it again). */
export const leaseReactions = (leases: LeaseTable, bus: Bus) =>
  defineReactions('leases', 'log', [
    reactingTo([runEvents], async ({ id, type, data }) => {
      switch (type) {
        case 'TaskLeased': {
          const { runId, taskId, attempt, leasedBy, instanceId, leaseMs } = data;
          // People hold without a lease.
          if (leaseMs === undefined || !leasedBy.startsWith('agent:')) break;
          const agentId = leasedBy.slice('agent:'.length);
          await leases.grant({ runId, taskId, attempt, agentId, instanceId, leaseMs, eventId: id });
          break;
        }
        case 'TaskStopRequested': {
          const { runId, taskId, attempt, why } = data;
          const agentId = await leases.stop(data, why);
          const order: StopOrder = { stop: { runId, taskId, attempt, why } };
          if (agentId) bus.publish(subjects.live('agent', agentId), order);
          break;
        }
        case 'TaskSucceeded':
        case 'TaskFailed':
        case 'TaskLeaseExpired':
        case 'TaskReleased':
        case 'TaskHandedOff':
          await leases.end(data);
          break;
        case 'TaskCancelled':
          if (data.attempt !== undefined) await leases.end({ ...data, attempt: data.attempt });
          break;
        default:
      }
      return [];
    }),
  ]);
