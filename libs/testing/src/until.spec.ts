import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { until, untilAnswered } from './index.js';

let said: string[];
beforeEach(() => {
  said = [];
  jest.useFakeTimers();
  jest.spyOn(console, 'warn').mockImplementation((text: string) => void said.push(text));
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

it('what a test waits for is said every ten seconds, with what was seen last, until it holds', async () => {
  let cards = 1;
  const waiting = until(
    () => ({ cards }),
    (seen) => seen.cards === 2,
  );
  await jest.advanceTimersByTimeAsync(9_999);
  expect(said).toEqual([]);
  await jest.advanceTimersByTimeAsync(10_001);
  expect(said).toHaveLength(2);
  expect(said[0]).toMatch(/^still waiting for .*cards.* to be .*seen\.cards ?=== ?2; last: \{"cards":1\}$/);
  cards = 2;
  await jest.advanceTimersByTimeAsync(20);
  expect(await waiting).toEqual({ cards: 2 });
  await jest.advanceTimersByTimeAsync(60_000);
  expect(said).toHaveLength(2);
});

it('what only wraps a condition is not what is said', async () => {
  const condition = () => said.length > 0;
  await Promise.all([
    until(
      () => String(condition()),
      (held) => held === 'true',
      condition,
    ),
    jest.advanceTimersByTimeAsync(10_020),
  ]);
  expect(said[0]).toMatch(/^still waiting for \(\) ?=> ?said.length > 0; last: "false"$/);
});

it('a wait ends with what the reading throws', async () => {
  await expect(until(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
});

it('what cannot be asked does not hold yet, unless what it throws ends the wait', async () => {
  const asked = [() => Promise.reject(new Error('away')), async () => false, async () => true];
  const waiting = untilAnswered(() => asked.shift()!());
  await jest.advanceTimersByTimeAsync(40);
  await waiting;
  expect(asked).toEqual([]);
  const over = new Error('ended');
  await expect(untilAnswered(() => Promise.reject(over), { isOver: (error) => error === over })).rejects.toBe(over);
});
