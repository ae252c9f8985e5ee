import { Rejection } from '@agencyos/decider';
import { SetMetadata } from '@nestjs/common';

/** Tokens a second, and how many may be saved up. */
const RATES = {
  read: { perSecond: 100, burst: 400 },
  write: { perSecond: 200, burst: 1_000 },
} as const;
export type RateClass = keyof typeof RATES;

const MOST_PRINCIPALS = 10_000;
/** So many rows of a view take the loop about as long as a plain request. */
const ROWS_PER_REQUEST = 200;

/** What it costs to write a view of so many rows. */
export const costOfRows = (rows: number): number => Math.floor(rows / ROWS_PER_REQUEST);

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
    const retryAfterMs = this.take(principal, kind, cost);
    if (retryAfterMs === 0) return;
    const most = Math.max(1, Math.floor(RATES[kind].perSecond / cost));
    const detail = `More than ${most} requests of this kind a second. Wait a little.`;
    throw new Rejection('too_many_requests', { retryAfterMs, detail }, 429);
  }

  /** Counts it, if it is let in now. @returns 0, or the ms after which it will be */
  take(principal: string, kind: RateClass, cost: number): number {
    if (!this.enforced) return 0;
    const { perSecond, burst } = RATES[kind];
    const price = Math.min(cost, burst);
    const key = `${kind} ${principal}`;
    const now = this.now();
    const { left, at } = this.buckets.get(key) ?? { left: burst, at: now };
    const present = Math.min(burst, left + ((now - at) / 1_000) * perSecond);
    this.buckets.delete(key);
    this.buckets.set(key, { left: present < price ? present : present - price, at: now });
    if (this.buckets.size > MOST_PRINCIPALS) this.buckets.delete(this.buckets.keys().next().value!);
    return present >= price ? 0 : Math.ceil(((price - present) / perSecond) * 1_000);
  }
}
