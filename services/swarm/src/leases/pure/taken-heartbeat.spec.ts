import { describe, expect, it } from '@jest/globals';
import { takenHeartbeat } from './taken-heartbeat.js';

const runId = '01900000-0000-7000-8000-000000000001';
const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, activeMs: 5 };
const beat = (lease: object, instanceId = 'i1') => ({
  agentId: 'worker',
  instanceId,
  leases: [{ runId, taskId: 'a', attempt: 1, usage, ...lease }],
});

describe('a heartbeat', () => {
  it('is taken as workers send it', () => {
    expect(takenHeartbeat(beat({}))).toEqual(beat({}));
    expect(takenHeartbeat(beat({ usage: undefined }))).toBeDefined();
    const cost = { currency: 'EUR', micros: 1 };
    expect(takenHeartbeat(beat({ usage: { ...usage, cost } }))).toBeDefined();
    expect(takenHeartbeat({ agentId: 'worker', instanceId: 'i1', leases: [] })).toBeDefined();
  });

  it.each([
    ['an attempt that no row holds (fault 1)', beat({ attempt: 3_000_000_000 })],
    [
      'usage with which its lease would never end (fault 9)',
      beat({ usage: { ...usage, cost: { currency: 'no currency', micros: 1 } } }),
    ],
    ['a process that can have claimed nothing', beat({}, 'x'.repeat(200))],
    [
      'more leases than anybody holds (fault 14)',
      {
        ...beat({}),
        leases: Array.from({ length: 1_001 }, (_, n) => ({ runId, taskId: `t${n}`, attempt: 1 })),
      },
    ],
    ['no text', beat({}, 'i\0')],
    ['no heartbeat', { agentId: 'worker' }],
  ])('is not taken with %s', (_, body) => expect(takenHeartbeat(body)).toBeUndefined());
});
