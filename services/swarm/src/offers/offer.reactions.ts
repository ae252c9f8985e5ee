import { subjects, type Fact, type RunEvent, type TaskOffer } from '@agencyos/contracts';
import type { Bus, Reactions } from '@agencyos/runtime';

type Scheduled = Extract<RunEvent, { type: 'TaskScheduled' }>['data'];

const ANSWER_MS = 2_000;

/** Tells the workers of a role that there is work. A hint: who may do it is decided by the claim. */
export const offerReactions = (bus: Bus): Reactions => ({
  name: 'offers',
  source: 'log',
  categories: ['run'],
  async react(fact) {
    const { type, data } = fact as Fact & RunEvent;
    if (type === 'TaskScheduled') await publishOffer(bus, data);
    return [];
  },
});

/** Resolves when the queue has it. @throws when NATS or the queue is away */
export async function publishOffer(bus: Bus, scheduled: Scheduled): Promise<void> {
  const { runId, taskId, attempt, role, input, priority, leaseMs, timeoutMs, resume, approvalId } = scheduled;
  const offer: TaskOffer = {
    runId,
    taskId,
    attempt,
    role,
    input,
    priority,
    leaseMs,
    timeoutMs,
    ...(resume && { resume }),
    ...(approvalId && { approvalId }),
  };
  const answer = await bus.request<{ error?: { description: string } }>(
    subjects.taskOffer(role),
    offer,
    ANSWER_MS,
  );
  if (answer.error) throw new Error(`the task queue refused an offer: ${answer.error.description}`);
}
