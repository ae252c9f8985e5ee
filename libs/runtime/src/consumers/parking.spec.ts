import { beforeEach, describe, expect, it } from '@jest/globals';
import { Trouble, type Verdict } from './parking.js';

let now: number;
let handled: number;
let trouble: Trouble;
beforeEach(() => {
  [now, handled] = [1_000, 100];
  trouble = new Trouble(
    () => handled,
    () => now,
  );
});

/** So many failures, so far apart; before each one other facts are handled, or none. */
function fail(times: number, { everyMs = 3_000, others = 1, ready = true } = {}): Verdict[] {
  return Array.from({ length: times }, () => {
    const verdict = trouble.failed(ready);
    now += everyMs;
    handled += others;
    return verdict;
  });
}

describe('a fact that fails (fault 4)', () => {
  it('is parked after five failures over ten seconds in which others were handled', () => {
    expect(fail(5)).toEqual(['wait', 'wait', 'wait', 'wait', 'park']);
  });

  it('is not parked before ten seconds have passed, however often it fails', () => {
    expect(fail(90, { everyMs: 100 })).not.toContain('park');
    expect(fail(20, { everyMs: 100 })).toContain('park');
  });

  it('is not parked after fewer than five failures, however long they take', () => {
    expect(fail(4, { everyMs: 60_000 })).toEqual(['wait', 'alarm', 'alarm', 'alarm']);
  });

  it('is not parked while nothing else is handled: that is an alarm', () => {
    expect(fail(200, { others: 0 }).slice(4)).toEqual(Array.from({ length: 196 }, () => 'alarm'));
  });

  it('is not parked while its receiver is not ready, nor by what failed until then', () => {
    expect(fail(200, { ready: false })).not.toContain('park');
    expect(fail(5)).toEqual(['alarm', 'alarm', 'alarm', 'alarm', 'park']);
  });

  it('has its failures forgotten each time its receiver is not ready', () => {
    fail(4);
    fail(1, { ready: false });
    expect(fail(4)).not.toContain('park');
  });
});
