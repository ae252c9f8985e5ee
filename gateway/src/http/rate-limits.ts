import { Rejection } from '@agencyos/decider';

/** Tokens a second, and how many may be saved up. */
const RATES = {
  read: { perSecond: 100, burst: 400 },
  write: { perSecond: 200, burst: 1_000 },
} as const;
export type RateClass = keyof typeof RATES;

const MOST_PRINCIPALS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1_000;
/** Of content, by an agent in a day. */
export const CONTENT_BYTES_A_DAY = 1024 * 1024 * 1024;

interface Bucket {
  left: number;
  at: number;
}

/** What one principal may ask of us, so that nobody leaves the others without an answer. Times in ms of one monotonic clock. */
export class RateLimits {
  private readonly buckets = new Map<string, Bucket>();
  private readonly stored = new Map<string, { bytes: number; since: number }>();

  constructor(
    private readonly enforced = true,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws Rejection 429 with the time after which the next request is let in */
  admit(principal: string, kind: RateClass): void {
    if (!this.enforced) return;
    const { perSecond, burst } = RATES[kind];
    const key = `${kind} ${principal}`;
    const now = this.now();
    const { left, at } = this.buckets.get(key) ?? { left: burst, at: now };
    const present = Math.min(burst, left + ((now - at) / 1_000) * perSecond);
    this.buckets.delete(key);
    this.buckets.set(key, { left: present < 1 ? present : present - 1, at: now });
    if (this.buckets.size > MOST_PRINCIPALS) this.buckets.delete(this.buckets.keys().next().value!);
    if (present >= 1) return;
    throw new Rejection(
      'too_many_requests',
      {
        retryAfterMs: Math.ceil(((1 - present) / perSecond) * 1_000),
        detail: `More than ${perSecond} requests a second to ${kind}. Wait a little.`,
      },
      429,
    );
  }

  /** Counts content before it is stored. @throws Rejection 429 when the agent has had its share of the day */
  store(principal: string, bytes: number): void {
    if (!this.enforced || !principal.startsWith('agent:')) return;
    const now = this.now();
    const known = this.stored.get(principal);
    const today = known && now - known.since < DAY_MS ? known : { bytes: 0, since: now };
    if (today.bytes + bytes > CONTENT_BYTES_A_DAY) {
      throw new Rejection(
        'quota_exceeded',
        {
          limit: CONTENT_BYTES_A_DAY,
          retryAfterMs: Math.ceil(today.since + DAY_MS - now),
          detail: `An agent stores at most ${CONTENT_BYTES_A_DAY} bytes a day.`,
        },
        429,
      );
    }
    this.stored.set(principal, { ...today, bytes: today.bytes + bytes });
  }
}
