import { queuesView, subjects, type Fact, type RunEvent, type TaskOffer } from '@agencyos/contracts';
import type { Bus, EventStore, Views } from '@agencyos/runtime';
import { RoleQueue, type ReadyTask } from './pure/role-queue.js';

export type Scheduled = Extract<RunEvent, { type: 'TaskScheduled' }>['data'];

const ANSWER_MS = 2_000;

/**
 * Puts ready tasks into the queues of the roles, the most urgent first. A queue is first in, first out, so it gets only
 * what is taken soon; the rest waits here, where what is more urgent overtakes it. All of it is a hint: what is forgotten
 * here, because the process ended, is known from the rows of `queues`, and offered again when nobody takes it.
 */
export class OfferDesk {
  private readonly queues = new Map<string, RoleQueue>();
  private readonly roles = new Map<string, string>();
  private remembered: Promise<void> | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly store: EventStore,
    private readonly views: Views,
  ) {}

  /** One fact of a run. @throws when NATS or the queue is away and this fact's own task is to be offered */
  async handle({ type, data, revision, metadata }: Fact & RunEvent): Promise<void> {
    this.remembered ??= this.remember().catch((error: unknown) => {
      this.remembered = undefined;
      throw error;
    });
    await this.remembered;
    switch (type) {
      case 'TaskScheduled': {
        const { runId, taskId, role, priority } = data;
        this.leave(data);
        this.wait({ runId, taskId, role, priority, revision, readyAt: metadata.recordedAt });
        return this.fill(role, data);
      }
      case 'TaskLeased': {
        const role = this.roles.get(keyOf(data));
        if (role === undefined) return;
        this.queueOf(role).lease(keyOf(data), performance.now());
        return this.fill(role);
      }
      case 'TaskSucceeded':
      case 'TaskFailed':
      case 'TaskLeaseExpired':
      case 'TaskReleased':
      case 'TaskHandedOff':
      case 'TaskCancelled':
      case 'TaskSkipped': {
        const role = this.leave(data);
        if (role !== undefined) await this.fill(role);
        return;
      }
      default:
    }
  }

  private async remember(): Promise<void> {
    const rows = await this.views.of(queuesView, 'all').list('ready');
    const tasks = rows.map(([, row]) => row).sort((one, other) => (one.readyAt < other.readyAt ? -1 : 1));
    for (const task of tasks) this.wait(task);
  }

  private wait(task: ReadyTask): void {
    this.roles.set(keyOf(task), task.role);
    this.queueOf(task.role).wait(keyOf(task), task);
  }

  private leave(task: { runId: string; taskId: string }): string | undefined {
    const role = this.roles.get(keyOf(task));
    if (role === undefined) return undefined;
    this.roles.delete(keyOf(task));
    this.queueOf(role).leave(keyOf(task));
    return role;
  }

  private async fill(role: string, own?: Scheduled): Promise<void> {
    const queue = this.queueOf(role);
    for (let next = queue.take(performance.now()); next; next = queue.take(performance.now())) {
      const [key, task] = next;
      const itself = own !== undefined && key === keyOf(own);
      try {
        await (itself ? publishOffer(this.bus, own) : this.offer(task));
      } catch (error) {
        queue.leave(key);
        queue.wait(key, task);
        // Another one's trouble is not this fact's: it stays here, and is offered again like all that nobody takes.
        if (itself) throw error;
        return;
      }
    }
  }

  private async offer(task: ReadyTask): Promise<void> {
    const scheduled = await scheduledAs(this.store, task);
    if (scheduled) await publishOffer(this.bus, scheduled);
  }

  private queueOf(role: string): RoleQueue {
    let queue = this.queues.get(role);
    if (!queue) this.queues.set(role, (queue = new RoleQueue()));
    return queue;
  }
}

const keyOf = ({ runId, taskId }: { runId: string; taskId: string }) => `${runId}/${taskId}`;

/** What the log says of a ready task. */
export async function scheduledAs(
  store: EventStore,
  { runId, revision }: { runId: string; revision: number },
): Promise<Scheduled | undefined> {
  for await (const { type, data } of store.read(`run-${runId}`, revision))
    return type === 'TaskScheduled' ? (data as Scheduled) : undefined;
  return undefined;
}

/** Resolves when the queue has it. @throws when NATS or the queue is away */
export async function publishOffer(bus: Bus, scheduled: Scheduled): Promise<void> {
  const { runId, taskId, attempt, role, input, priority, leaseMs, timeoutMs, resume, approvalId } = scheduled;
  const offer: TaskOffer = {
    ...{ runId, taskId, attempt, role, input, priority, leaseMs, timeoutMs },
    ...(resume && { resume }),
    ...(approvalId && { approvalId }),
  };
  const answer = await bus.request<{ error?: { description: string } }>(subjects.taskOffer(role), offer, ANSWER_MS);
  if (answer.error) throw new Error(`the task queue refused an offer: ${answer.error.description}`);
}
