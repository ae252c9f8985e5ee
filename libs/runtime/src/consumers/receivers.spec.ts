import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Bus } from '../messaging/bus.js';
import type { Readiness } from '../readiness.js';
import { Receivers } from './receivers.js';

let missing: string[];
let asked: string[];
let answer: () => unknown;
let receivers: Receivers;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  [missing, asked, answer] = [[], [], () => ({ missing: [] })];
  const readiness = {
    missing: async (of: string) => {
      asked.push(`own ${of}`);
      return missing;
    },
  } as unknown as Readiness;
  const request = async (subject: string) => {
    asked.push(subject);
    return answer();
  };
  receivers = new Receivers('swarm', readiness, { request } as unknown as Bus);
});
afterEach(() => {
  jest.useRealTimers();
});

describe('who takes the effect of a fact', () => {
  it('is ready where it says that it misses nothing', async () => {
    expect(await receivers.ready('kanban')).toBe(true);
    expect(asked).toEqual(['agencyos.qry.kanban.ready.swarm']);
  });

  it.each([
    ['misses something', () => ({ missing: ['database'] })],
    ['says nothing of it', () => ({})],
    ['does not answer', () => Promise.reject(new Error('timeout'))],
  ])('is not where it %s', async (_, given) => {
    answer = given;
    expect(await receivers.ready('kanban')).toBe(false);
  });

  it('is this process itself where no context is named', async () => {
    expect(await receivers.ready()).toBe(true);
    missing = ['log'];
    jest.advanceTimersByTime(1_000);
    expect(await receivers.ready()).toBe(false);
    expect(asked).toEqual(['own self', 'own self']);
  });

  it('is asked once a second, each for itself, however many facts fail', async () => {
    await Promise.all([receivers.ready('kanban'), receivers.ready('kanban'), receivers.ready('swarm')]);
    jest.advanceTimersByTime(999);
    await receivers.ready('kanban');
    expect(asked).toHaveLength(2);
    jest.advanceTimersByTime(1);
    await receivers.ready('kanban');
    expect(asked).toHaveLength(3);
  });
});
