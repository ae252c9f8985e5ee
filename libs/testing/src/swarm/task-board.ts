import { agentCommands, newId, runCommands, type AttemptRef, type Resume, type TaskOffer } from '@agencyos/contracts';

export interface RecordedFact {
  type: string;
  data: Record<string, unknown>;
}

export interface BoardTask {
  offer: TaskOffer;
  state: 'ready' | 'leased' | 'stopping' | 'over';
  holder?: string;
  until: number;
}

/** Thrown to refuse a command, as the service would. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly status = 409,
    detail = code,
  ) {
    super(detail);
  }
}

/** Rules of tasks and leases as swarm keeps them, in memory: one lease per attempt, later attempts fence earlier ones. */
export class TaskBoard {
  readonly facts: RecordedFact[] = [];
  readonly tasks = new Map<string, BoardTask>();
  private readonly roles = new Map<string, string[]>();

  constructor(private readonly offer: (offer: TaskOffer) => void) {}

  schedule(offer: TaskOffer): void {
    this.tasks.set(keyOf(offer), { offer, state: 'ready', until: Infinity });
    this.record('TaskScheduled', offer);
    this.offer(offer);
  }

  /** @throws Refusal */
  handle(type: string, data: Record<string, unknown>, sender: string): void {
    const definition =
      runCommands.types[type as keyof typeof runCommands.types] ?? agentCommands.types[type as keyof typeof agentCommands.types];
    const parsed = definition?.data.safeParse(data);
    if (!parsed?.success) throw new Refusal('invalid', 422, parsed?.error.message ?? `unknown command ${type}`);
    if (type === 'RegisterAgent') {
      if (`agent_${String(data['agentId'])}` !== sender) throw new Refusal('forbidden', 403);
      this.roles.set(sender, data['roles'] as string[]);
      return this.record('AgentRegistered', data);
    }
    const attempt = data as unknown as AttemptRef & Record<string, unknown>;
    const task = this.tasks.get(keyOf(attempt));
    if (!task) throw new Refusal('not_found', 404);
    if (type === 'ClaimTask') return this.claim(task, attempt, sender);
    if (task.offer.attempt !== attempt.attempt) throw new Refusal('stale_token');
    if (task.state === 'over') throw new Refusal('already_finished');
    if (task.state === 'ready') throw new Refusal('stale_token');
    if (task.holder !== sender) throw new Refusal('not_holder', 403);
    this.end(type, task, data);
  }

  stop(attempt: AttemptRef): void {
    const task = this.tasks.get(keyOf(attempt));
    if (task?.state === 'leased') task.state = 'stopping';
  }

  /** Ends leases that were not renewed in time. */
  expire(now: number): void {
    for (const task of this.tasks.values()) {
      if ((task.state !== 'leased' && task.state !== 'stopping') || task.until > now) continue;
      this.record('TaskLeaseExpired', { ...refOf(task.offer) });
      this.again(task);
    }
  }

  private claim(task: BoardTask, attempt: AttemptRef & Record<string, unknown>, sender: string): void {
    if (!this.roles.get(sender)?.includes(task.offer.role)) throw new Refusal('role_mismatch', 403);
    if (task.state !== 'ready' || task.offer.attempt !== attempt.attempt) throw new Refusal('not_available');
    Object.assign(task, { state: 'leased', holder: sender, until: performance.now() + task.offer.leaseMs });
    this.record('TaskLeased', { ...attempt, leasedBy: sender.replace('agent_', 'agent:') });
  }

  private end(type: string, task: BoardTask, data: Record<string, unknown>): void {
    if (task.state === 'stopping' && type !== 'ConfirmStopped' && type !== 'ReleaseTask') throw new Refusal('stopping');
    switch (type) {
      case 'SucceedTask':
        task.state = 'over';
        return this.record('TaskSucceeded', data);
      case 'FailTask':
        task.state = 'over';
        return this.record('TaskFailed', data);
      case 'ConfirmStopped':
        task.state = 'over';
        return this.record('TaskCancelled', data);
      case 'ReleaseTask':
        this.record('TaskReleased', data);
        return this.again(task);
      case 'HandOffTask': {
        if (data['toRole'] === task.offer.role) throw new Refusal('handoff_loop', 409, 'It has had it before.');
        this.record('TaskHandedOff', data);
        const resume: Resume = { kind: 'handoff', id: newId(), value: data['context'] as Resume['value'] };
        return this.again(task, { role: data['toRole'] as string, resume });
      }
    }
  }

  private again({ offer }: BoardTask, changes: Partial<TaskOffer> = {}): void {
    this.schedule({ ...offer, ...changes, attempt: offer.attempt + 1 });
  }

  private record(type: string, data: object): void {
    this.facts.push({ type, data: { ...data } });
  }
}

export const keyOf = ({ runId, taskId }: Pick<AttemptRef, 'runId' | 'taskId'>): string => `${runId}/${taskId}`;
export const refOf = ({ runId, taskId, attempt }: AttemptRef): AttemptRef => ({ runId, taskId, attempt });
