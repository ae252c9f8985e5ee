import { Rejection } from '@agencyos/decider';
import { SetMetadata } from '@nestjs/common';

/** Tokens a second, and how many may be saved up. */
const RATES = {
  read: { perSecond: 100, burst: 400 },
  write: { perSecond: 200, burst: 1_000 },
} as const;
export type RateClass = keyof typeof RATES;

const MOST_PRINCIPALS = 10_000;

const COST = 'agencyos:cost';
/** The handler does the work of so many plain requests, and counts like them. */
export const Costs = (requests: number) => SetMetadata(COST, requests);
export const costOf = (handler: object): number => (Reflect.getMetadata(COST, handler) as number | undefined) ?? 1;

interface Bucket {
  left: number;
  at: number;
}

/**
 * What one principal may ask of this process, so that nobody leaves the others without an answer. Counted in each process
 * by itself: what is protected is its own loop and its own connections, and a count shared by all would cost every request
 * a statement. Times in ms of one monotonic clock.
 */
export class RateLimits {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly enforced = true,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws Rejection 429 with the time after which the next request is let in */
  admit(principal: string, kind: RateClass, cost = 1): void {
    if (!this.enforced) return;
    const { perSecond, burst } = RATES[kind];
    const key = `${kind} ${principal}`;
    const now = this.now();
    const { left, at } = this.buckets.get(key) ?? { left: burst, at: now };
    const present = Math.min(burst, left + ((now - at) / 1_000) * perSecond);
    this.buckets.delete(key);
    this.buckets.set(key, { left: present < cost ? present : present - cost, at: now });
    if (this.buckets.size > MOST_PRINCIPALS) this.buckets.delete(this.buckets.keys().next().value!);
    if (present >= cost) return;
    throw new Rejection(
      'too_many_requests',
      {
        retryAfterMs: Math.ceil(((cost - present) / perSecond) * 1_000),
        detail: `More than ${perSecond / cost} requests of this kind a second. Wait a little.`,
      },
      429,
    );
  }
}
