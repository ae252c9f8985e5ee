import { describe, expect, it } from '@jest/globals';
import { CONTENT_BYTES_A_DAY, RateLimits } from './rate-limits.js';

describe('limits of one principal (fault 16)', () => {
  it('let a burst in, then so many a second, and say when the next may come', () => {
    let now = 0;
    const limits = new RateLimits(true, () => now);
    for (let n = 0; n < 400; n++) limits.admit('user:a', 'read');
    expect(() => limits.admit('user:a', 'read')).toThrow(
      expect.objectContaining({ status: 429, details: expect.objectContaining({ retryAfterMs: 10 }) }),
    );
    limits.admit('user:b', 'read'); // each has their own
    limits.admit('user:a', 'write');
    now += 10;
    limits.admit('user:a', 'read');
    expect(() => limits.admit('user:a', 'read')).toThrow('requests a second');
    now += 3_600_000;
    for (let n = 0; n < 400; n++) limits.admit('user:a', 'read');
    expect(() => limits.admit('user:a', 'read')).toThrow('requests a second');
  });

  it('let an agent store so much a day, and people as they need', () => {
    let now = 0;
    const limits = new RateLimits(true, () => now);
    limits.store('agent:a', CONTENT_BYTES_A_DAY);
    expect(() => limits.store('agent:a', 1)).toThrow(expect.objectContaining({ code: 'quota_exceeded' }));
    limits.store('agent:b', 1);
    limits.store('user:a', 2 * CONTENT_BYTES_A_DAY);
    now += 86_400_000;
    limits.store('agent:a', 1);
  });

  it('can be switched off for a benchmark', () => {
    const limits = new RateLimits(false);
    for (let n = 0; n < 10_000; n++) limits.admit('user:a', 'read');
  });
});
