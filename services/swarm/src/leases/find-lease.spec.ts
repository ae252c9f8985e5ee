import { describe, expect, it } from '@jest/globals';
import type { EventStore } from '@agencyos/runtime';
import { findLeases } from './find-lease.js';

const runId = '01900000-0000-7000-8000-000000000001';
type Told = [type: string, data?: object];

/** What of the run's leases is held after these facts. */
async function held(...told: Told[]) {
  const events = told.map(([type, data], n) => ({ id: `event-${n}`, type, data: { runId, taskId: 'a', attempt: 1, ...data } }));
  async function* read(stream: string) {
    if (stream === `run-${runId}`) yield* events;
  }
  return Object.fromEntries(await findLeases({ read } as unknown as EventStore, runId));
}
const leased = (more: object = {}): Told => [
  'TaskLeased',
  { leasedBy: 'agent:worker', instanceId: 'i1', leaseMs: 30_000, ...more },
];
const lease = { runId, taskId: 'a', attempt: 1, agentId: 'worker', instanceId: 'i1', leaseMs: 30_000 };

describe('a lease that the log knows of', () => {
  it('is held as it was granted, by the fact that granted it', async () =>
    expect(await held(['RunStarted', { taskId: undefined }], leased())).toEqual({ a: { ...lease, eventId: 'event-1' } }));

  it('is held though its holder was told to stop, which it is told once more', async () =>
    expect(await held(leased(), ['TaskStopRequested', { why: 'cancel' }])).toEqual({
      a: { ...lease, eventId: 'event-0', stop: 'cancel' },
    }));

  it.each(['TaskSucceeded', 'TaskFailed', 'TaskLeaseExpired', 'TaskReleased', 'TaskHandedOff', 'TaskCancelled'])(
    'is over with %s',
    async (type) => {
      expect(await held(leased(), [type])).toEqual({});
      expect(await held(leased(), [type, { taskId: 'b' }])).toHaveProperty('a');
    },
  );

  it('is the one of the present attempt', async () =>
    expect(await held(leased(), ['TaskFailed'], ['TaskScheduled', { attempt: 2 }], leased({ attempt: 2 }))).toMatchObject({
      a: { attempt: 2, eventId: 'event-3' },
    }));

  it('is none of a person’s, who holds without', async () => {
    expect(await held(leased({ leasedBy: 'user:one', leaseMs: undefined }))).toEqual({});
    expect(await held(leased({ leasedBy: 'user:one' }))).toEqual({});
    expect(await held(leased({ leaseMs: undefined }))).toEqual({});
  });

  it('is none where only a stop was asked for', async () =>
    expect(await held(['TaskStopRequested', { why: 'cancel' }])).toEqual({}));
});
