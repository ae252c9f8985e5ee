import { queuesView, runEvents, type FactOf } from '@agencyos/contracts';
import { changesBySome, defineProjection, type Rows } from '@agencyos/runtime';

type Scheduled = Extract<FactOf<typeof runEvents>, { type: 'TaskScheduled' }>;
type OfTask = { data: { runId: string; taskId: string } };

/** What waits for a worker and what is worked at, per role. */
export const queuesProjection = defineProjection([queuesView], {
  name: 'queues',
  version: 2,
  changes: [
    changesBySome([runEvents], {
      TaskScheduled: enter,
      TaskLeased: take,
      TaskSucceeded: leave,
      TaskFailed: leave,
      TaskLeaseExpired: leave,
      TaskReleased: leave,
      TaskHandedOff: leave,
      TaskCancelled: leave,
      TaskSkipped: leave,
    }),
  ],
});

const readyKey = ({ runId, taskId }: OfTask['data']) => `ready/${runId}/${taskId}` as const;
const heldKey = ({ runId, taskId }: OfTask['data']) => `held/${runId}/${taskId}` as const;

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
  putRole(rows, { ...queue, role, depth: (queue?.depth ?? 0) + 1, oldestAt: queue?.oldestAt ?? readyAt });
}

async function take(fact: OfTask, rows: Rows): Promise<void> {
  const queues = rows.of(queuesView, 'all');
  const ready = await queues.get(readyKey(fact.data));
  if (!ready) return;
  await leave(fact, rows);
  const { runId, taskId, attempt, role } = ready;
  queues.put(heldKey(fact.data), { runId, taskId, attempt, role });
  const queue = await queues.get(`role/${role}`);
  putRole(rows, { depth: 0, ...queue, role, held: (queue?.held ?? 0) + 1 });
}

async function leave({ data }: OfTask, rows: Rows): Promise<void> {
  const queues = rows.of(queuesView, 'all');
  const ready = await queues.get(readyKey(data));
  if (ready) {
    queues.del(readyKey(data));
    const queue = await queues.get(`role/${ready.role}`);
    const oldestAt = queue?.oldestAt === ready.readyAt ? await oldest(rows, ready.role) : queue?.oldestAt;
    putRole(rows, { ...queue, role: ready.role, depth: (queue?.depth ?? 0) - 1, oldestAt });
  }
  const held = await queues.get(heldKey(data));
  if (!held) return;
  queues.del(heldKey(data));
  const queue = await queues.get(`role/${held.role}`);
  putRole(rows, { depth: 0, ...queue, role: held.role, held: (queue?.held ?? 0) - 1 });
}

type Figures = { role: string; depth: number; oldestAt?: string | undefined; held?: number | undefined };

function putRole(rows: Rows, { role, depth, oldestAt, held = 0 }: Figures): void {
  const waiting = Math.max(0, depth);
  rows.of(queuesView, 'all').put(`role/${role}`, {
    ...{ role, depth: waiting },
    ...(oldestAt && waiting > 0 && { oldestAt }),
    ...(held > 0 && { held }),
  });
}

async function oldest(rows: Rows, role: string): Promise<string | undefined> {
  const waiting = await rows.of(queuesView, 'all').list('ready');
  return waiting.flatMap(([, row]) => (row.role === role ? [row.readyAt] : [])).sort()[0];
}
