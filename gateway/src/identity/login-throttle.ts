import { Rejection } from '@agencyos/decider';

const FREE_FAILURES = 4;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15 * 60_000;
const FORGOTTEN_AFTER_MS = 60 * 60_000;
const MOST_ENTRIES = 10_000;

interface Failures {
  count: number;
  blockedUntil: number;
  lastAt: number;
}

/** Exponential waiting after failed attempts, per key (name and address). Times in ms of one monotonic clock. */
export class LoginThrottle {
  private readonly entries = new Map<string, Failures>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @throws Rejection 429 while the key has to wait. */
  admit(key: string): void {
    const waitMs = (this.entries.get(key)?.blockedUntil ?? 0) - this.now();
    if (waitMs <= 0) return;
    throw new Rejection(
      'too_many_attempts',
      { retryAfterMs: Math.ceil(waitMs), detail: 'Too many attempts. Wait a little.' },
      429,
    );
  }

  /** Counted before the answer is known, so that parallel attempts do not slip through. */
  attempt(key: string, free = FREE_FAILURES): void {
    this.admit(key);
    const now = this.now();
    const known = this.entries.get(key);
    const count = known && now - known.lastAt < FORGOTTEN_AFTER_MS ? known.count + 1 : 1;
    const waitMs = count <= free ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (count - free - 1), LONGEST_WAIT_MS);
    this.entries.delete(key);
    this.entries.set(key, { count, blockedUntil: now + waitMs, lastAt: now });
    if (this.entries.size > MOST_ENTRIES) this.entries.delete(this.entries.keys().next().value!);
  }

  /** That attempt was none. */
  takeBack(key: string): void {
    const known = this.entries.get(key);
    if (known) known.count -= 1;
  }

  succeeded(key: string): void {
    this.entries.delete(key);
  }
}
