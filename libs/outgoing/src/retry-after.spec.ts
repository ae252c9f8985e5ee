import { describe, expect, it } from '@jest/globals';
import { backoffMs, retryAfterMs } from './retry-after.js';

const NOW = Date.parse('2026-11-28T12:00:00.000Z');

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['Sat, 28 Nov 2026 12:00:30 GMT', 30_000],
    ['Sat, 28 Nov 2026 11:00:00 GMT', 0],
    [' 7 ', 7_000],
  ])('of %s is understood', (header, ms) => expect(retryAfterMs(header, NOW)).toBe(ms));

  it.each([undefined, '', '-1', '1.5', 'soon', '2026-11-28', '99999999999', 'Sat, 28 Nov 2026 99:00:00 GMT'])(
    'of %s is none',
    (header) => expect(retryAfterMs(header, NOW)).toBeUndefined(),
  );
});

describe('the wait before the next try', () => {
  const limits = { firstMs: 100, mostMs: 1_000 };
  it('doubles up to its most, and is anywhere in its upper half', () => {
    expect([0, 1, 2, 9, 5_000].map((tries) => backoffMs(tries, limits, () => 1))).toEqual([100, 200, 400, 1_000, 1_000]);
    expect([0, 9].map((tries) => backoffMs(tries, limits, () => 0))).toEqual([50, 500]);
  });
});
