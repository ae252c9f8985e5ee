import { type AgentHeartbeat, HeartbeatAnswer, StopOrder, subjects, type AttemptRef } from '@agencyos/contracts';
import type { AgentLogger, HeldTask, StopReason } from './agent-options.js';
import type { AgentConnection } from './connection.js';
import { pause } from './pause.js';

/** A lease's row may be written a moment after the claim was answered: until then swarm does not know the attempt. */
const settlingMs = 1_000;

/** One lease that this process believes to hold, judged by the process's own monotonic clock. */
export interface Lease {
  readonly task: HeldTask;
  /** When the work must be over, a moment before another worker may begin; as `performance.now()` counts. */
  endBy(): number;
  /** ms since the attempt began. */
  activeMs(): number;
  end(): void;
}

interface Held extends Lease {
  claimedAt: number;
  /** When it was last spoken of to swarm: claimed, or named in a heartbeat. */
  toldAt: number;
  until: number;
  timer: NodeJS.Timeout | undefined;
  stop(reason: StopReason): void;
  renewed(): void;
}

export interface LeaseSettings {
  connection: AgentConnection;
  agentId: string;
  instanceId: string;
  heartbeatMs: number;
  logger: AgentLogger;
}

/**
 * Renews what this process holds by heartbeats and ends work whose lease can no longer be trusted.
 *
 * A lease is counted from the moment its claim or renewal was *sent*, so it ends here before it ends at swarm,
 * whatever the delays; work is stopped a margin before that, so that it is over when another worker may begin.
 */
export class Leases {
  private readonly held = new Map<string, Held>();
  private beatAt: number;
  private wake = new AbortController();

  constructor(private readonly settings: LeaseSettings) {
    this.beatAt = performance.now() - settings.heartbeatMs; // the first one at once
  }

  /** @param claimedAt `performance.now()` when the claim was sent */
  hold(task: HeldTask, claimedAt: number, on: { stop(reason: StopReason): void; renewed(): void }): Lease {
    const held: Held = {
      task,
      claimedAt,
      toldAt: claimedAt,
      until: claimedAt + task.leaseMs,
      timer: undefined,
      ...on,
      endBy: () => held.until - marginOf(task.leaseMs) / 2,
      activeMs: () => Math.round(performance.now() - claimedAt),
      end: () => {
        clearTimeout(held.timer);
        if (this.held.get(keyOf(task)) === held) this.held.delete(keyOf(task));
      },
    };
    this.held.set(keyOf(task), held);
    this.watch(held);
    // Its first heartbeat may be due before the next one of the others.
    this.wake.abort();
    return held;
  }

  /** Heartbeats, also without leases, and stop orders; until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { connection, agentId } = this.settings;
    const orders = connection.nats.subscribe(subjects.live('agent', agentId), {
      callback: (error, message) => {
        if (!error) this.obey(readStopOrder(() => message.json()));
      },
    });
    while (!signal.aborted) {
      this.wake = new AbortController();
      await pause(Math.max(0, this.dueAt() - performance.now()), AbortSignal.any([signal, this.wake.signal]));
      if (signal.aborted || this.dueAt() > performance.now()) continue;
      this.beatAt = performance.now();
      for (const held of this.held.values()) held.toldAt = this.beatAt;
      if (connection.connected) void this.beat();
    }
    orders.unsubscribe();
    this.leave();
  }

  /** A last word, so that the end of this process is not taken for its death. */
  private leave(): void {
    const { connection, agentId, instanceId } = this.settings;
    const heartbeat: AgentHeartbeat = { agentId, instanceId, leases: [], leaving: true };
    connection.publish(subjects.heartbeat('agent', agentId), heartbeat);
  }

  /** Each lease is spoken of three times in its length, counted from its claim. */
  private dueAt(): number {
    const leases = [...this.held.values()].map(({ task, toldAt }) => toldAt + task.leaseMs / 3);
    return Math.min(this.beatAt + this.settings.heartbeatMs, ...leases);
  }

  private async beat(): Promise<void> {
    const { connection, agentId, instanceId } = this.settings;
    const sentAt = performance.now();
    const leases = [...this.held.values()].map(({ task: { runId, taskId, attempt }, activeMs }) => ({
      ...{ runId, taskId, attempt },
      usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0, activeMs: activeMs() },
    }));
    const heartbeat: AgentHeartbeat = { agentId, instanceId, leases };
    try {
      const reply = await connection.request(subjects.heartbeat('agent', agentId), heartbeat, 2_000);
      this.apply(HeartbeatAnswer.parse(reply), sentAt);
    } catch {
      // Not renewed: the next beat may be, and if none is, the leases end by themselves.
    }
  }

  private apply({ leases, stop }: HeartbeatAnswer, sentAt: number): void {
    for (const renewed of leases) {
      const held = this.held.get(keyOf(renewed));
      if (!held) continue;
      held.until = Math.max(held.until, sentAt + held.task.leaseMs);
      this.watch(held);
      held.renewed();
    }
    for (const attempt of stop) {
      const held = this.held.get(keyOf(attempt));
      if (held && sentAt > held.claimedAt + settlingMs) held.stop('stop_ordered');
    }
  }

  private obey(order: StopOrder | undefined): void {
    const held = order && this.held.get(keyOf(order.stop));
    if (!held) return;
    this.settings.logger.info(order.stop, 'told to stop');
    held.stop('stop_ordered');
  }

  private watch(held: Held): void {
    clearTimeout(held.timer);
    const remaining = held.until - marginOf(held.task.leaseMs) - performance.now();
    held.timer = setTimeout(
      () => {
        this.settings.logger.warn(refOf(held.task), 'no renewal came in time');
        held.stop('lease_lost');
      },
      Math.max(0, remaining),
    );
  }
}

/** Time kept free before the lease's end for ending the work. */
export const marginOf = (leaseMs: number): number => Math.max(leaseMs / 5, Math.min(250, leaseMs / 2));

const keyOf = ({ runId, taskId, attempt }: AttemptRef): string => `${runId}/${taskId}/${attempt}`;
const refOf = ({ runId, taskId, attempt }: AttemptRef): AttemptRef => ({ runId, taskId, attempt });

function readStopOrder(json: () => unknown): StopOrder | undefined {
  try {
    return StopOrder.safeParse(json()).data;
  } catch {
    return undefined;
  }
}
