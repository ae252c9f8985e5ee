import { describe, expect, it } from '@jest/globals';
import { ContentController } from '../content/content.controller.js';
import { LogsController } from '../logs/logs.controller.js';
import { costOf, RateLimits } from './rate-limits.js';

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
    expect(() => limits.admit('user:a', 'read')).toThrow('requests of this kind a second');
    now += 3_600_000;
    for (let n = 0; n < 400; n++) limits.admit('user:a', 'read');
    expect(() => limits.admit('user:a', 'read')).toThrow('requests of this kind a second');
  });

  it('count what is expensive as so many plain requests', () => {
    let now = 0;
    const limits = new RateLimits(true, () => now);
    for (let n = 0; n < 80; n++) limits.admit('user:a', 'read', 5);
    expect(() => limits.admit('user:a', 'read', 5)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ retryAfterMs: 50 }) }),
    );
    now += 10;
    limits.admit('user:a', 'read');
    const { put, get } = ContentController.prototype;
    for (const handler of [put, get, LogsController.prototype.log]) expect(costOf(handler)).toBe(5);
    expect(costOf(() => undefined)).toBe(1);
  });

  it('let in what costs more than can be saved up once all of that is there', () => {
    let now = 0;
    const limits = new RateLimits(true, () => now);
    expect(limits.take('user:a', 'read', 1_000)).toBe(0);
    expect(limits.take('user:a', 'read', 1_000)).toBe(4_000);
    now += 4_000;
    expect(limits.take('user:a', 'read', 1_000)).toBe(0);
    expect(limits.take('user:a', 'read', 0)).toBe(0);
  });

  it('can be switched off for a benchmark', () => {
    const limits = new RateLimits(false);
    for (let n = 0; n < 10_000; n++) limits.admit('user:a', 'read');
  });
});
