import { describe, expect, it, jest } from '@jest/globals';
import type { Background, Bus } from '@agencyos/runtime';
import type { Authenticator } from '../identity/authenticator.js';
import { SocketChecks } from './socket-checks.js';

describe('a gateway cut off from the services', () => {
  it('says so after three seconds, and no longer once NATS is back', () => {
    jest.useFakeTimers();
    const bus = { connected: true };
    const checks = new SocketChecks({} as Authenticator, {} as Background, bus as Bus);
    expect(checks.cutOff).toBe(false);
    bus.connected = false;
    jest.advanceTimersByTime(2_900);
    expect(checks.cutOff).toBe(false);
    jest.advanceTimersByTime(200);
    expect(checks.cutOff).toBe(true);
    bus.connected = true;
    expect(checks.cutOff).toBe(false);
    jest.useRealTimers();
  });
});
