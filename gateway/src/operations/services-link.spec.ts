import { describe, expect, it, jest } from '@jest/globals';
import type { Bus } from '@agencyos/runtime';
import { ServicesLink } from './services-link.js';

describe('a gateway cut off from the services', () => {
  it('says so after three seconds, and no longer once NATS is back', () => {
    jest.useFakeTimers();
    const bus = { connected: true };
    const link = new ServicesLink(bus as Bus);
    expect(link.cutOff).toBe(false);
    bus.connected = false;
    expect(link.cutOff).toBe(false);
    jest.advanceTimersByTime(2_900);
    expect(link.cutOff).toBe(false);
    jest.advanceTimersByTime(200);
    expect(link.cutOff).toBe(true);
    bus.connected = true;
    expect(link.cutOff).toBe(false);
    jest.useRealTimers();
  });
});
