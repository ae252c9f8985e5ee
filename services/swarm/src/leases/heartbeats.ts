import { subjects, type AgentHeartbeat, type AttemptRef, type HeartbeatAnswer } from '@agencyos/contracts';
import { describeError, SenderShare, isOwnInbox, pause, Wake, type Bus, type EventStore, type Logger } from '@agencyos/runtime';
import type { Msg } from '@nats-io/transport-node';
import { attemptKey, findLeases } from './find-lease.js';
import type { LeaseTable, RenewedLease } from './lease-table.js';
import { takenHeartbeat } from './pure/taken-heartbeat.js';

interface Heard {
  heartbeat: AgentHeartbeat;
  respond(answer: HeartbeatAnswer): void;
}

/** How long heartbeats are collected before one statement renews them all. */
const COLLECT_MS = 25;
/** Attempts without a row are looked up in the log, which costs; an honest worker has few of them. */
const LOOKED_UP_RUNS = 10;

interface LookUp extends Heard {
  /** What the rows have told. */
  answer: HeartbeatAnswer;
  attempts: AttemptRef[];
}

/** Renews leases by what workers say they hold, and tells them what to let go. */
export class Heartbeats {
  private heard: Heard[] = [];
  private wake = new AbortController();
  private readonly share = new SenderShare();
  /** One of each agent at a time; others are answered without, and ask again. */
  private readonly toLookUp = new Map<string, LookUp>();
  private readonly lookUpSoon = new Wake();

  constructor(
    private readonly leases: LeaseTable,
    private readonly store: EventStore,
    private readonly bus: Bus,
    private readonly logger: Logger,
  ) {}

  /** Replicas share the heartbeats out among themselves. */
  listen(): void {
    this.bus.subscribe(subjects.heartbeat('agent', '*'), (message) => this.receive(message), 'swarm');
  }

  /** Answers what has been collected, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.wake = new AbortController();
      if (this.heard.length === 0) await pause(5_000, AbortSignal.any([signal, this.wake.signal]));
      await pause(COLLECT_MS, signal);
      const heard = this.heard;
      this.heard = [];
      if (heard.length === 0) continue;
      try {
        await this.answer(heard);
      } catch (error) {
        // Unanswered, the workers ask again; their leases have time for that.
        this.logger.warn({ heartbeats: heard.length, error: describeError(error).message }, 'leases could not be renewed');
      }
    }
  }

  /** Looks up in the log what has no row, until the signal aborts: beside the renewals, which must not wait for it. */
  async lookUpLost(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [next] = this.toLookUp;
      if (!next) await this.lookUpSoon.wait(5_000, signal);
      else {
        const [agentId, { heartbeat, respond, answer, attempts }] = next;
        try {
          await this.lookUp(heartbeat, attempts, answer);
        } finally {
          this.toLookUp.delete(agentId);
        }
        respond(answer);
      }
    }
  }

  private receive(message: Msg): void {
    const { subject, reply } = message;
    const agentId = subject.split('.').at(-1)!;
    if (!this.share.take(agentId, message.data.byteLength, performance.now())) return;
    if (reply && !isOwnInbox(subject, reply)) {
      this.logger.warn({ subject, reply, security: true }, 'a heartbeat wants its answer put elsewhere; dropped');
      return;
    }
    const heartbeat = takenHeartbeat(json(message));
    if (heartbeat?.agentId !== agentId) {
      this.logger.warn({ subject, security: heartbeat !== undefined }, 'a heartbeat was not understood or not its sender’s');
      return;
    }
    this.heard.push({ heartbeat, respond: (answer) => message.respond(JSON.stringify(answer)) });
    this.wake.abort();
  }

  private async answer(heard: Heard[]): Promise<void> {
    const held = heard.flatMap(({ heartbeat: { agentId, instanceId, leases } }) =>
      leases.map((lease) => ({ ...lease, agentId, instanceId })),
    );
    const renewed = new Map<string, RenewedLease>();
    if (held.length > 0) for (const lease of await this.leases.renew(held)) renewed.set(holderKey(lease, lease), lease);
    const known = new Set<string>();
    const missing = held.filter((lease) => !renewed.has(holderKey(lease, lease)));
    if (missing.length > 0) for (const lease of await this.leases.known(missing)) known.add(attemptKey(lease));
    for (const one of heard) this.answerOne(one, renewed, known);
  }

  private answerOne(one: Heard, renewed: Map<string, RenewedLease>, known: Set<string>): void {
    const { heartbeat, respond } = one;
    const answer: HeartbeatAnswer = { leases: [], stop: [] };
    const attempts: AttemptRef[] = [];
    for (const { runId, taskId, attempt } of heartbeat.leases) {
      const reference = { runId, taskId, attempt };
      const lease = renewed.get(holderKey(reference, heartbeat));
      if (lease?.stop) answer.stop.push(reference);
      else if (lease) answer.leases.push({ ...reference, untilMs: lease.untilMs });
      // A row stands, but it is running out this moment or another process's: neither renewed nor to be stopped twice.
      else if (!known.has(attemptKey(reference))) attempts.push(reference);
    }
    if (attempts.length === 0 || this.toLookUp.has(heartbeat.agentId)) return respond(answer);
    this.toLookUp.set(heartbeat.agentId, { ...one, answer, attempts });
    this.lookUpSoon.wake();
  }

  /** No row: the log knows whether the lease has ended, or its row was lost or is yet to be written. */
  private async lookUp(heartbeat: AgentHeartbeat, attempts: AttemptRef[], answer: HeartbeatAnswer): Promise<void> {
    const runs = [...new Set(attempts.map(({ runId }) => runId))].slice(0, LOOKED_UP_RUNS);
    for (const runId of runs) {
      const held = await findLeases(this.store, runId);
      for (const reference of attempts) {
        if (reference.runId !== runId) continue;
        const lease = held.get(reference.taskId);
        const its =
          lease?.attempt === reference.attempt &&
          lease.agentId === heartbeat.agentId &&
          lease.instanceId === heartbeat.instanceId;
        if (its) await this.leases.grant(lease);
        if (!its || lease.stop) answer.stop.push(reference);
        else answer.leases.push({ ...reference, untilMs: lease.leaseMs });
      }
    }
  }
}

const holderKey = (attempt: AttemptRef, { agentId, instanceId }: { agentId: string; instanceId: string }) =>
  `${attemptKey(attempt)}/${agentId}/${instanceId}`;

function json(message: Msg): unknown {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}
