import { describe, expect, it } from '@jest/globals';
import { DatabaseClock } from './database-clock.js';

describe('the database clock', () => {
  const noon = Date.parse('2026-11-22T12:00:00.000Z');

  it("runs on the database's time, whatever the host's clock says", async () => {
    let monotonic = 5_000;
    const clock = await DatabaseClock.start(
      async () => noon + monotonic,
      () => monotonic,
    );
    clock.stop();
    expect(clock.now()).toBe('2026-11-22T12:00:05.000Z');
    monotonic += 1_250;
    expect(clock.now()).toBe('2026-11-22T12:00:06.250Z');
  });

  it('trusts the sample with the shortest round trip', async () => {
    let monotonic = 0;
    const trips = [400, 10, 100];
    const clock = await DatabaseClock.start(
      async () => {
        const asked = monotonic;
        monotonic += trips.shift()!;
        return noon + asked + 5; // answered after five milliseconds, however long the way back
      },
      () => monotonic,
    );
    clock.stop();
    expect(clock.nowMs()).toBe(noon + 510);
  });

  it('stands still rather than going back', async () => {
    let ahead = 1_000;
    const clock = await DatabaseClock.start(
      async () => noon + ahead,
      () => 0,
    );
    clock.stop();
    expect(clock.nowMs()).toBe(noon + 1_000);
    ahead = 0;
    await clock.sample();
    expect(clock.nowMs()).toBe(noon + 1_000);
    ahead = 1_001;
    await clock.sample();
    expect(clock.nowMs()).toBe(noon + 1_001);
  });
});
