import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { UnknownEventVersion } from '@agencyos/contracts';
import { Background } from '../background.js';
import type { Elections } from '../elections.js';
import type { Logger } from '../logger.js';
import { Consumers } from './consumers.js';
import type { Reactor } from './reactor.js';
import { Standing } from './standing.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function standing(): Standing {
  const one = new Standing('board');
  one.starts();
  one.at(10n);
  one.logEndsAt(10n);
  return one;
}

describe('a consumer (fault 4)', () => {
  it('is well while it is where the log ends, for however long', () => {
    const one = standing();
    jest.advanceTimersByTime(3_600_000);
    one.logEndsAt(10n);
    expect(one.state).toEqual({ consumer: 'board', position: '10', lag: 0, parked: 0 });
  });

  it('that stays where it is though the log goes on stands still after fifteen seconds', () => {
    const one = standing();
    one.logEndsAt(12n);
    jest.advanceTimersByTime(14_000);
    expect(one.state).toEqual({ consumer: 'board', position: '10', lag: 2, parked: 0 });
    jest.advanceTimersByTime(2_000);
    expect(one.state.trouble).toMatchObject({ why: 'standing', cause: 'stands at 10, the log ends at 12' });
    one.at(11n);
    expect(one.state.trouble).toBeUndefined();
  });

  it('that is started again and again stands still all the same', () => {
    const one = standing();
    one.logEndsAt(12n);
    for (let n = 0; n < 8; n++) {
      one.ends();
      jest.advanceTimersByTime(2_000);
      one.starts();
    }
    expect(one.state.trouble).toMatchObject({ why: 'standing' });
  });

  it('tells of a fact that fails until it passes, and of what is parked', () => {
    const one = standing();
    one.fails('lamp-1', 12_000, 'refused');
    one.parks('LampLit of lamp-2: refused');
    expect(one.state).toMatchObject({ parked: 1, trouble: { why: 'failing', cause: 'refused' } });
    one.passes('lamp-1');
    expect(one.state.trouble).toMatchObject({ why: 'parked', cause: 'LampLit of lamp-2: refused' });
    one.hasParked(0);
    expect(one.state.trouble).toBeUndefined();
  });

  it('tells of it in whole characters', () => {
    const one = standing();
    one.fails('lamp-1', 12_000, `${'x'.repeat(298)}\u{1f680}\u{1f680}`);
    expect(one.state.trouble!.cause).toBe(`${'x'.repeat(298)}…`);
  });

  it('that halts before what a newer version wrote says so while it waits', async () => {
    const one = new Standing('dusk');
    const run = () => {
      one.starts();
      return Promise.reject(
        new UnknownEventVersion({ type: 'LampSold', schema: 1, stream: 'lamp-1', revision: 3, data: {} }, undefined),
      );
    };
    const reactor = { name: 'dusk', standing: one, run } as unknown as Reactor;
    const consumers = new Consumers([], [reactor], [], undefined as never, { head: () => Promise.resolve(0n) });
    const background = new Background({ error: () => undefined } as unknown as Logger);
    const elections = { hold: (_: string, signal: AbortSignal, task: (signal: AbortSignal) => Promise<void>) => task(signal) };
    consumers.start(background, elections as unknown as Elections);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(consumers.inTrouble()).toMatchObject([
      { consumer: 'dusk', trouble: { why: 'halted', cause: expect.stringContaining('LampSold') } },
    ]);
    await background.stop();
  });
});
