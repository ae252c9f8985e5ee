import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { InvalidAppend, StoreRefused, type EventStore } from '../event-store/event-store.js';
import { sampleAppend } from '../event-store/testing/sample-append.js';
import type { Logger } from '../logger.js';
import { appendUntilKnown } from './append-until-known.js';

const result = { status: 'appended' as const, answers: [], position: 1n };
const append = sampleAppend('sample-1', -1);
let given: unknown[];
let outcomes: (() => Promise<typeof result>)[];
let errors: unknown[];
let ending: AbortController;

beforeEach(() => {
  jest.useFakeTimers();
  [given, outcomes, errors, ending] = [[], [], [], new AbortController()];
});
afterEach(() => {
  jest.useRealTimers();
});

const away = () => Promise.reject(new Error('connection refused'));
function run(untilEnd = true): Promise<unknown> {
  const store = {
    append: (one: unknown) => {
      given.push(one);
      return (outcomes.shift() ?? away)();
    },
  } as unknown as EventStore;
  const logger = { error: (fields: unknown) => void errors.push(fields) } as unknown as Logger;
  const running = appendUntilKnown(append, { store, logger, deadlineMs: 5_000, ...(untilEnd && { ending: ending.signal }) });
  running.catch(() => undefined);
  return running;
}

describe('an append', () => {
  it('of unknown outcome is repeated unchanged until it is known, less and less often', async () => {
    outcomes = [away, away, away, async () => result];
    const running = run();
    await jest.advanceTimersByTimeAsync(49);
    expect(given).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(700 - 49);
    expect(await running).toBe(result);
    expect(given).toEqual([append, append, append, append]);
    expect(errors).toEqual([]);
  });

  it('is repeated at least twice a second however long it takes', async () => {
    void run().catch(() => undefined);
    await jest.advanceTimersByTimeAsync(4_900);
    expect(given.length).toBeGreaterThanOrEqual(10);
    expect(given.length).toBeLessThan(30);
  });

  it('has no outcome after the deadline: it may come again', async () => {
    const running = run();
    await jest.advanceTimersByTimeAsync(5_000);
    const { length } = given;
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(running).rejects.toMatchObject({
      code: 'busy',
      status: 503,
      details: { retryAfterMs: 1_000, detail: 'Not now: the event store does not answer. Repeat with the same id.' },
    });
    expect(given.length - length).toBeLessThanOrEqual(1);
    expect(errors).toMatchObject([{ stream: 'sample-1', tries: given.length, error: { message: 'connection refused' } }]);
  });

  it('is repeated as well where nobody says when the process ends', async () => {
    outcomes = [away, async () => result];
    const running = run(false);
    await jest.advanceTimersByTimeAsync(100);
    expect(await running).toBe(result);
  });

  it('is not repeated where the process ends', async () => {
    const running = run();
    await jest.advanceTimersByTimeAsync(10);
    ending.abort();
    await jest.advanceTimersByTimeAsync(0);
    await expect(running).rejects.toMatchObject({ code: 'busy' });
    expect(given).toHaveLength(2);
  });

  it.each([
    [
      'that is not valid is refused',
      () => Promise.reject(new InvalidAppend('too large')),
      { code: 'invalid', details: { detail: 'too large' } },
    ],
    ['that the store refuses is a fault', () => Promise.reject(new StoreRefused('no rights')), { message: 'no rights' }],
  ])('%s at once', async (_, outcome, error) => {
    outcomes = [outcome];
    await expect(run()).rejects.toMatchObject(error);
    expect(given).toHaveLength(1);
  });
});
