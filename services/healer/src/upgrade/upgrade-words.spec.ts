import { describe, expect, it } from '@jest/globals';
import { heldUpBy, raiseAfterMs } from './upgrade-words.js';

describe('how long all must have read more', () => {
  it.each([
    [undefined, 600_000],
    ['0', 0],
    ['0.5', 30_000],
    ['never', Infinity],
  ])('%s minutes', (given, ms) => expect(raiseAfterMs(given)).toBe(ms));

  it.each(['', ' ', 'soon', '-1', '1e300', 'Infinity'])('is not %j', (given) =>
    expect(() => raiseAfterMs(given)).toThrow('AGENCYOS_RAISE_AFTER_MINUTES: a number of minutes up to 1000000, or never'),
  );
});

describe('who holds up an upgrade', () => {
  const reader = (service: string, reads: number) => ({ service, instanceId: 'a1', reads });
  const state = (reads: number[], silent: string[] = []) => ({
    written: 1,
    readers: reads.map((level, n) => reader(['kanban', 'swarm'][n]!, level)),
    silent,
  });

  it('are those who read no more than what is written', () =>
    expect(heldUpBy(state([1, 2]))).toBe('kanban (a1) reads up to level 1'));
  it('and those who are not there', () =>
    expect(heldUpBy(state([1, 2], ['relay']))).toBe('kanban (a1) reads up to level 1, nobody of relay is heard'));
  it('is nobody where there is none', () => expect(heldUpBy(state([1, 1]))).toBeUndefined());
});
