import { jetstream as queueOf, jetstreamManager } from '@nats-io/jetstream';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { AgentHeartbeat, jetstream, newId, subjects, taskConsumer, type AttemptRef, type TaskOffer } from '@agencyos/contracts';
import { connectAs, type NatsPlace } from '../connect-as.js';
import { until } from '../index.js';
import { keyOf, refOf, Refusal, TaskBoard, type RecordedFact } from './task-board.js';

export type { RecordedFact };

const TERMINATED = '$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>';

/** With the keys of `swarm`, `gateway` and of `relay`, who provisions the streams. */
export interface SwarmDoubleOptions extends NatsPlace {
  roles: string[];
}

export interface ScheduledTask {
  runId?: string;
  taskId: string;
  role: string;
  input?: unknown;
  leaseMs?: number;
}

/**
 * Speaks swarm's side of the wire on a real NATS server: command answers with idempotency by command id, offers
 * through the work queue, leases with expiry, heartbeats and stop orders. For specs of agents only.
 */
export class SwarmDouble {
  readonly board: TaskBoard;
  /** Lines seen on `agencyos.log.*.*` and messages on `agencyos.live.task.*.*`. */
  readonly lines: string[] = [];
  readonly live: Record<string, unknown>[] = [];
  /** Why offers were given up for good, as the server keeps it. */
  readonly terminated: string[] = [];
  heartbeats = 0;
  /** Instances that have said that they leave. */
  readonly left: string[] = [];
  /** Commands of these types are answered with 500, however often they come. */
  readonly failing = new Set<string>();
  private readonly answers = new Map<string, unknown>();
  private subscriptions: Subscription[] = [];
  private readonly clock: NodeJS.Timeout;

  private constructor(private readonly nats: NatsConnection) {
    const queue = queueOf(nats);
    this.board = new TaskBoard(
      (offer) => void queue.publish(subjects.taskOffer(offer.role), JSON.stringify(offer)).catch(() => undefined),
    );
    this.clock = setInterval(() => this.board.expire(performance.now()), 20);
  }

  static async start({ roles, ...place }: SwarmDoubleOptions): Promise<SwarmDouble> {
    const as = (name: string) => connectAs(place, name, { reconnectTimeWait: 50 });
    const provisioner = await as('relay');
    const manager = await jetstreamManager(provisioner);
    const storage = 'memory';
    await manager.streams.add({
      name: jetstream.tasks,
      subjects: ['agencyos.task.*'],
      retention: 'workqueue',
      storage,
    });
    await manager.streams.add({ name: jetstream.logs, subjects: [subjects.taskLog('*', '*')], storage });
    await manager.streams.add({ name: 'ADVISORIES', subjects: [TERMINATED], storage });
    for (const role of roles) {
      await manager.consumers.add(jetstream.tasks, {
        durable_name: taskConsumer(role),
        filter_subject: subjects.taskOffer(role),
        ack_policy: 'explicit',
        ack_wait: 10_000_000_000,
        max_deliver: 5,
      });
    }
    const viewer = await as('gateway');
    const double = new SwarmDouble(await as('swarm'));
    const log = await (await queueOf(provisioner).consumers.get(jetstream.logs)).consume();
    void double.follow(log, (message) => double.lines.push(...message.json<{ lines: string[] }>().lines));
    const advisories = await (await queueOf(provisioner).consumers.get('ADVISORIES')).consume();
    void double.follow(advisories, (message) => double.terminated.push(message.json<{ reason: string }>().reason));
    void double.follow(viewer.subscribe(subjects.taskLive('*', '*')), (message) => double.live.push(message.json()));
    void double.nats.closed().then(() => Promise.all([provisioner.close(), viewer.close()]));
    double.resume();
    return double;
  }

  /** Schedules the first attempt of a task. */
  schedule({ runId = newId(), taskId, role, input = null, leaseMs = 30_000 }: ScheduledTask): AttemptRef {
    const offer: TaskOffer = {
      runId,
      taskId,
      attempt: 1,
      role,
      input: { value: input },
      priority: 0,
      leaseMs,
      timeoutMs: 600_000,
    };
    this.board.schedule(offer);
    return refOf(offer);
  }

  /** Offers the task's present attempt again, as swarm does for what stays unclaimed. */
  offerAgain(attempt: Pick<AttemptRef, 'runId' | 'taskId'>): void {
    const task = this.board.tasks.get(keyOf(attempt));
    if (task) this.nats.publish(subjects.taskOffer(task.offer.role), JSON.stringify(task.offer));
  }

  /** Whatever it is, as an offer. */
  offerRaw(role: string, text: string): void {
    this.nats.publish(subjects.taskOffer(role), text);
  }

  /** Orders the holder to stop, at once or only by its next heartbeat. */
  orderStop(attempt: AttemptRef, agentId?: string): void {
    this.board.stop(attempt);
    if (agentId) this.nats.publish(subjects.live('agent', agentId), JSON.stringify({ stop: { ...attempt, why: 'cancel' } }));
  }

  /** An outage: nobody answers commands and heartbeats until {@link resume}. */
  pause(): void {
    for (const subscription of this.subscriptions.splice(0)) subscription.unsubscribe();
  }

  resume(): void {
    const serve = (subject: string, answer: (message: Msg) => unknown) =>
      this.subscriptions.push(
        this.nats.subscribe(subject, {
          callback: (error, message) => void (error ?? message.respond(JSON.stringify(answer(message)))),
        }),
      );
    serve('agencyos.cmd.swarm.*.*', (message) => this.command(message));
    serve('agencyos.hb.agent.*', (message) => this.heartbeat(message));
  }

  /** Resolves with the facts so far as soon as one matches. */
  async until(matches: (fact: RecordedFact) => boolean): Promise<RecordedFact[]> {
    await until(() => this.board.facts.some(matches), Boolean, matches);
    return this.board.facts;
  }

  async close(): Promise<void> {
    clearInterval(this.clock);
    await this.nats.close();
  }

  private async follow<T>(messages: AsyncIterable<T>, take: (message: T) => void): Promise<void> {
    for await (const message of messages) {
      take(message);
    }
  }

  private command(message: Msg): unknown {
    const { id, type, data } = message.json<{ id: string; type: string; data: Record<string, unknown> }>();
    const known = this.answers.get(id);
    if (known) return known;
    if (this.failing.has(type)) return { id, problem: { type: '', title: 'Internal error', status: 500, code: 'internal' } };
    try {
      this.board.handle(type, data, message.subject.split('.').at(-1)!);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code, status, message: detail } = error;
      return { id, problem: { type: `urn:agencyos:problem:${code}`, title: code, status, code, detail } };
    }
    const answer = {
      id,
      stream: 'run',
      revision: this.board.facts.length,
      position: String(this.board.facts.length),
    };
    this.answers.set(id, answer);
    return answer;
  }

  private heartbeat(message: Msg): unknown {
    const { agentId, instanceId, leases, leaving } = AgentHeartbeat.parse(message.json());
    if (leaving) this.left.push(instanceId);
    this.heartbeats += 1;
    const renewed = [];
    const stop = [];
    for (const lease of leases) {
      const task = this.board.tasks.get(keyOf(lease));
      const held = task?.offer.attempt === lease.attempt && task.holder === `agent_${agentId}`;
      if (held && task.state === 'leased') {
        task.until = performance.now() + task.offer.leaseMs;
        renewed.push({ ...refOf(lease), untilMs: Date.now() + task.offer.leaseMs });
      } else stop.push(refOf(lease));
    }
    return { leases: renewed, stop };
  }
}
