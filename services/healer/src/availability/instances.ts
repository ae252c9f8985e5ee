import type { RunProcess } from './heartbeat-watch.js';

/** One process of a service as its heartbeats show it. Times are of listening. */
export interface Instance {
  /** Undefined: somebody who has not been heard yet, or nobody any more. */
  readonly id?: string;
  /** When it was first heard; of one that the supervisor told of, when it did. */
  readonly bornAt: number;
  heardAt: number;
  everHeard: boolean;
  /** Since when its heartbeats have come without a gap. */
  goodSince?: number;
}

/** Where others are at work, an instance that is silent for so long is not waited for any more. */
const FORGOTTEN_MS = 15 * 60_000;
/** Who names ever new instances is heard, but not remembered as more than these. */
const MOST = 1_000;

/**
 * The instances of one service that are expected to tell of themselves: who has been heard, and whom the supervisor
 * knows. One ends to be expected when it says that it leaves, when another one has begun after its last heartbeat (its
 * successor, one for one), or in the end by time.
 */
export class Instances {
  heardAt: number;
  everHeard = false;
  private readonly known = new Map<string, Instance>();
  private readonly successors = new Set<string>();
  /** Present instances of the supervisor's processes. */
  private supervised = new Set<string>();

  constructor(private readonly beganAt: number) {
    this.heardAt = beganAt;
  }

  /** Never empty: of a service without any instance somebody is missed. */
  members(): readonly Instance[] {
    if (this.known.size > 0) return [...this.known.values()];
    return [{ bornAt: this.beganAt, heardAt: this.heardAt, everHeard: this.everHeard }];
  }

  heard(id: string, at: number, silenceLimit: number): void {
    const one = this.known.get(id) ?? { id, bornAt: at, heardAt: at, everHeard: true };
    if (one.goodSince === undefined || at - one.heardAt >= silenceLimit) one.goodSince = at;
    Object.assign(one, { heardAt: at, everHeard: true });
    if (this.known.has(id) || this.known.size < MOST) this.known.set(id, one);
    this.heardAt = at;
    this.everHeard = true;
  }

  left(id: string, at: number): void {
    this.forget(id);
    this.heardAt = at;
    this.everHeard = true;
  }

  /** Takes in whom the supervisor starts or lost before they were heard here, and lets go of those of whom it knows no more. */
  compare(processes: readonly RunProcess[], at: number): void {
    this.supervised = new Set(processes.flatMap(({ instanceId }) => instanceId ?? []));
    for (const { id, everHeard } of this.known.values()) if (!everHeard && !this.supervised.has(id!)) this.forget(id!);
    for (const { instanceId: id, state } of processes) {
      if (!id || this.known.has(id) || (state !== 'failed' && state !== 'starting')) continue;
      this.known.set(id, { id, bornAt: at, heardAt: at, everHeard: false });
    }
  }

  forgetReplaced(now: number, everyMs: number): void {
    for (const one of this.known.values()) {
      const silence = now - one.heardAt;
      // Whom the supervisor names has no successor yet.
      if (silence < 2 * everyMs || this.supervised.has(one.id!)) continue;
      const successor = this.successorOf(one);
      if (successor) this.successors.add(successor);
      const late = silence >= FORGOTTEN_MS && this.heardAt > one.heardAt;
      if (successor || late) this.forget(one.id!);
    }
  }

  /** Its process; of who is not known to be one: the process that may be or become it. */
  processOf({ id }: Instance, processes: readonly RunProcess[] = []): RunProcess | undefined {
    const own = processes.find(({ instanceId }) => id !== undefined && instanceId === id);
    return own ?? processes.find(({ instanceId }) => !instanceId || !this.known.get(instanceId)?.everHeard);
  }

  private successorOf({ id, heardAt }: Instance): string | undefined {
    for (const other of this.known.values())
      if (other.everHeard && other.id !== id && other.bornAt > heardAt && !this.successors.has(other.id!)) return other.id;
    return undefined;
  }

  private forget(id: string): void {
    this.known.delete(id);
    this.successors.delete(id);
  }
}
