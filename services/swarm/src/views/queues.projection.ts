import { queuesView, type Fact, type QueueRow, type ReadyRow, type RunEvent } from '@agencyos/contracts';
import type { Projection, Rows } from '@agencyos/runtime';

type RunFact = Fact & RunEvent;

/** What waits for a worker, per role. */
export const queuesProjection: Projection = {
  name: 'queues',
  version: 1,
  views: [queuesView],
  categories: ['run'],
  project: (fact, rows) => project(fact as RunFact, rows),
};

const readyKey = (runId: string, taskId: string) => `ready/${runId}/${taskId}`;

async function project({ type, data, revision, metadata }: RunFact, rows: Rows): Promise<void> {
  switch (type) {
    case 'TaskScheduled': {
      const { runId, taskId, attempt, role, priority, leaseMs } = data;
      await leave(rows, runId, taskId);
      const ready: ReadyRow = {
        runId,
        taskId,
        attempt,
        role,
        priority,
        leaseMs,
        readyAt: metadata.recordedAt,
        revision,
      };
      rows.put('queues', 'all', readyKey(runId, taskId), ready);
      const queue = await rows.get<QueueRow>('queues', 'all', `role/${role}`);
      const oldestAt = queue?.oldestAt ?? metadata.recordedAt;
      rows.put('queues', 'all', `role/${role}`, { role, depth: (queue?.depth ?? 0) + 1, oldestAt });
      return;
    }
    case 'TaskLeased':
    case 'TaskFailed':
    case 'TaskCancelled':
    case 'TaskSkipped':
      return leave(rows, data.runId, data.taskId);
    default:
  }
}

async function leave(rows: Rows, runId: string, taskId: string): Promise<void> {
  const gone = await rows.get<ReadyRow>('queues', 'all', readyKey(runId, taskId));
  if (!gone) return;
  rows.del('queues', 'all', readyKey(runId, taskId));
  const { role, readyAt } = gone;
  const queue = await rows.get<QueueRow>('queues', 'all', `role/${role}`);
  const oldestAt = queue?.oldestAt === readyAt ? await oldest(rows, role) : queue?.oldestAt;
  const depth = Math.max(0, (queue?.depth ?? 0) - 1);
  rows.put('queues', 'all', `role/${role}`, { role, depth, ...(oldestAt && depth > 0 && { oldestAt }) });
}

async function oldest(rows: Rows, role: string): Promise<string | undefined> {
  const waiting = await rows.list<ReadyRow>('queues', 'all', 'ready/');
  return waiting.flatMap(([, row]) => (row.role === role ? [row.readyAt] : [])).sort()[0];
}
