import { urgencyOf } from './urgency.js';

/** A task that may be claimed. */
export interface ReadyTask {
  runId: string;
  taskId: string;
  role: string;
  priority: number;
  readyAt: string;
  /** Of its `TaskScheduled`. */
  revision: number;
}

/** So many are offered ahead of those that work, */
const AHEAD = 4;
/** and as many as were taken in so much of a second: who works fast must not wait for the next offer. */
const AHEAD_SECONDS = 0.25;
/** Until it is offered again anyway. */
const STALE_MS = 10_000;

/** What of one role waits, is offered, is worked on. */
export class RoleQueue {
  /** By priority, so each in the order in which they became ready. */
  private readonly waiting = new Map<number, Map<string, ReadyTask>>();
  private readonly offered = new Map<string, number>();
  private readonly leased = new Set<string>();
  /** How many were taken in the last second, about. */
  private pace = 0;
  private pacedAt = 0;

  wait(key: string, task: ReadyTask): void {
    const level = this.waiting.get(task.priority);
    if (level) level.set(key, task);
    else this.waiting.set(task.priority, new Map([[key, task]]));
  }

  /** Takes the most urgent one out, as far as somebody is to be expected for it; it counts as offered. */
  take(now: number): [key: string, task: ReadyTask] | undefined {
    for (const [key, at] of this.offered) if (now - at > STALE_MS) this.offered.delete(key);
    const expected = AHEAD + this.leased.size + Math.floor(this.paceAt(now) * AHEAD_SECONDS);
    if (this.offered.size >= expected) return undefined;
    let best: [string, ReadyTask] | undefined;
    for (const level of this.waiting.values()) {
      const [first] = level;
      if (first && (!best || urgencyOf(first[1]) < urgencyOf(best[1]))) best = first;
    }
    if (!best) return undefined;
    this.waiting.get(best[1].priority)!.delete(best[0]);
    this.offered.set(best[0], now);
    return best;
  }

  lease(key: string, now: number): void {
    this.pace = this.paceAt(now) + 1;
    this.pacedAt = now;
    // The queue is first in, first out: what was offered before has been passed over, or is in a hand that hesitates.
    if (this.offered.has(key)) {
      for (const earlier of [...this.offered.keys()]) {
        this.offered.delete(earlier);
        if (earlier === key) break;
      }
    }
    this.leave(key);
    this.leased.add(key);
  }

  leave(key: string): void {
    for (const level of this.waiting.values()) level.delete(key);
    this.offered.delete(key);
    this.leased.delete(key);
  }

  private paceAt(now: number): number {
    return this.pace * Math.exp((this.pacedAt - now) / 1_000);
  }
}
