import { queuesView, runEvents, type FactOf } from '@agencyos/contracts';
import { changesBySome, defineProjection, type Rows } from '@agencyos/runtime';

type Scheduled = Extract<FactOf<typeof runEvents>, { type: 'TaskScheduled' }>;
type OfTask = { data: { runId: string; taskId: string } };

/** What waits for a worker, per role. */
export const queuesProjection = defineProjection([queuesView], {
  name: 'queues',
  version: 1,
  changes: [
    changesBySome([runEvents], {
      TaskScheduled: enter,
      TaskLeased: leave,
      TaskFailed: leave,
      TaskCancelled: leave,
      TaskSkipped: leave,
    }),
  ],
});

const readyKey = ({ runId, taskId }: OfTask['data']) => `ready/${runId}/${taskId}` as const;

async function enter(fact: Scheduled, rows: Rows): Promise<void> {
  const { runId, taskId, attempt, role, priority, leaseMs } = fact.data;
  const { recordedAt: readyAt } = fact.metadata;
  await leave(fact, rows);
  const queues = rows.of(queuesView, 'all');
  queues.put(readyKey(fact.data), {
    ...{ runId, taskId, attempt, role, priority, leaseMs, readyAt },
    revision: fact.revision,
  });
  const queue = await queues.get(`role/${role}`);
  queues.put(`role/${role}`, { role, depth: (queue?.depth ?? 0) + 1, oldestAt: queue?.oldestAt ?? readyAt });
}

async function leave({ data }: OfTask, rows: Rows): Promise<void> {
  const queues = rows.of(queuesView, 'all');
  const gone = await queues.get(readyKey(data));
  if (!gone) return;
  queues.del(readyKey(data));
  const { role, readyAt } = gone;
  const queue = await queues.get(`role/${role}`);
  const oldestAt = queue?.oldestAt === readyAt ? await oldest(rows, role) : queue?.oldestAt;
  const depth = Math.max(0, (queue?.depth ?? 0) - 1);
  queues.put(`role/${role}`, { role, depth, ...(oldestAt && depth > 0 && { oldestAt }) });
}

async function oldest(rows: Rows, role: string): Promise<string | undefined> {
  const waiting = await rows.of(queuesView, 'all').list('ready');
  return waiting.flatMap(([, row]) => (row.role === role ? [row.readyAt] : [])).sort()[0];
}
