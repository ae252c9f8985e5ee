import type { Pod } from './pod.js';

export interface PodEvent {
  /** Name of the pod, or of the Job. */
  of: string;
  reason: string;
  message: string;
  count: number;
}

/** What `kubectl describe` would show: each thing once, with how often it was seen. */
export class Events {
  private readonly seen = new Map<string, PodEvent>();

  readonly add = (of: string, reason: string, message: string): void => {
    const key = JSON.stringify([of, reason, message]);
    const { count } = this.seen.get(key) ?? { count: 0 };
    this.seen.delete(key); // the last one stands last
    this.seen.set(key, { of, reason, message, count: count + 1 });
  };

  /** Of pods whose names begin so. */
  of(beginning: string): PodEvent[] {
    return [...this.seen.values()].filter(({ of }) => of.startsWith(beginning));
  }

  lastOf(beginning: string): string {
    const last = this.of(beginning).at(-1);
    return last ? textOf(last) : '';
  }

  /** Why a pod is not ready, as somebody would look for it: what its container says last, its reason, its last event. */
  why(pod: Pod): string {
    const container = pod.all.find(({ ready, reason }) => !ready && reason !== 'Completed');
    // What it waited for before it began has come.
    const last = this.of(pod.name).findLast(({ reason }) => reason !== 'FailedMount' || pod.phase === 'Pending');
    const parts = [container?.reason ?? pod.phase, last && textOf(last), container?.lines.at(-1)];
    return `${pod.name}: ${parts.filter(Boolean).join('; ')}`;
  }
}

const textOf = ({ reason, message }: PodEvent): string => `${reason}: ${message}`;
