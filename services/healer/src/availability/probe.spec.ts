import { describe, expect, it } from '@jest/globals';
import { missedOf, probeOf } from './probe.js';

const monitor = (probe: unknown, objective: unknown = {}) =>
  ({ published: { probe: { value: probe }, objective: { value: objective } } }) as unknown as Parameters<typeof probeOf>[0];
const heartbeat = { kind: 'heartbeat', of: 'service', name: 'kanban', everyMs: 1_000 };

describe('what a monitor watches', () => {
  it.each([
    [heartbeat],
    [{ ...heartbeat, of: 'agent', everyMs: 100 }],
    [{ kind: 'consumers', name: 'kanban' }],
    [{ kind: 'backups' }],
    [{ kind: 'journal', process: 'nats' }],
  ])('may be %j', (probe) => expect(probeOf(monitor(probe))).toEqual(probe));

  it.each([[{ ...heartbeat, everyMs: 99 }], [{ ...heartbeat, of: 'house' }], [{ kind: 'metric' }], ['heartbeat'], [undefined]])(
    'is nothing that is known here: %j',
    (probe) => expect(probeOf(monitor(probe))).toBeUndefined(),
  );

  it('is nothing before it is published, or where its words lie elsewhere', () => {
    expect(probeOf({} as never)).toBeUndefined();
    expect(probeOf({ published: { probe: { content: {} }, objective: {} } } as never)).toBeUndefined();
  });
});

describe('heartbeats that may be missing', () => {
  it('are as many as it says, else three', () => {
    expect(missedOf(monitor(heartbeat, { missed: 5 }))).toBe(5);
    expect(missedOf(monitor(heartbeat, { missed: 1 }))).toBe(1);
    for (const other of [{ missed: 0 }, { missed: 'two' }, {}, undefined]) expect(missedOf(monitor(heartbeat, other))).toBe(3);
    expect(missedOf({} as never)).toBe(3);
    expect(missedOf({ published: { probe: {}, objective: { content: {} } } } as never)).toBe(3);
  });
});
