import { UnknownEventVersion } from '@agencyos/contracts';
import { isTransient } from '../transient.js';

/** So many failures, over at least so long, before a fact is parked. */
const FAILURES = 5;
const OVER_MS = 10_000;
/** What fails for so long is told, whoever's fault it is. */
const ALARM_AFTER_MS = 10_000;

/**
 * `wait`: try again. `alarm`: try again, and say that something stands still. `park`: this fact cannot be handled, and
 * nothing but this fact is the reason.
 */
export type Verdict = 'wait' | 'alarm' | 'park';

/** Milliseconds of any clock that never goes back. */
export type Clock = () => number;

/**
 * One fact that fails, judged after each failure. Parked is what fails alone: five times over ten seconds in which its
 * consumer handled other facts and whoever had to take its effect said that it is ready. While it is not ready, or
 * while everything fails, no failure counts against the fact, however many there are.
 */
export class Trouble {
  private readonly since: number;
  private alone: { since: number; failures: number; handledBefore: number } | undefined;

  constructor(
    /** How many facts the consumer has handled so far. */
    private readonly handled: () => number,
    private readonly clock: Clock = () => performance.now(),
  ) {
    this.since = clock();
  }

  get lastsMs(): number {
    return this.clock() - this.since;
  }

  /** @param ready what the receiver said after this failure */
  failed(ready: boolean): Verdict {
    const now = this.clock();
    if (!ready) this.alone = undefined;
    else {
      this.alone ??= { since: now, failures: 0, handledBefore: this.handled() };
      this.alone.failures++;
      const { since, failures, handledBefore } = this.alone;
      if (failures >= FAILURES && now - since >= OVER_MS && this.handled() > handledBefore) return 'park';
    }
    return this.lastsMs >= ALARM_AFTER_MS ? 'alarm' : 'wait';
  }
}

/** What `write_views` raises when another process writes its epoch. */
const MOVED = 'P0001';

/** Whether a fact may be to blame: not a server that is away, nor a newer version's event, which halts (ADR 12). */
export function isOfAFact(error: unknown): boolean {
  return !isTransient(error) && !(error instanceof UnknownEventVersion) && (error as { code?: unknown }).code !== MOVED;
}
