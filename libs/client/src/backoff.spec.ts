import { describe, expect, it } from '@jest/globals';
import { reconnectDelay } from './backoff.js';

describe('the pause before a reconnection', () => {
  it('is anywhere in a window that starts at 5 s', () => {
    expect(reconnectDelay(1, () => 0)).toBe(0);
    expect(reconnectDelay(1, () => 1)).toBe(5_000);
  });

  it('doubles its window and stops at 30 s', () => {
    expect([2, 3, 4, 12].map((attempt) => reconnectDelay(attempt, () => 1))).toEqual([10_000, 20_000, 30_000, 30_000]);
  });
});
