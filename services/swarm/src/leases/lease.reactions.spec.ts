import { newId, type Fact } from '@agencyos/contracts';
import type { Bus, Memory } from '@agencyos/runtime';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { leaseReactions } from './lease.reactions.js';
import type { LeaseTable } from './lease-table.js';

const attempt = { runId: newId(), taskId: 'a', attempt: 3 };
const eventId = newId();
let done: unknown[][];
let holder: string | undefined;

beforeEach(() => {
  [done, holder] = [[], 'worker'];
});

async function told(type: string, data: object = {}): Promise<unknown[][]> {
  const note =
    (what: string) =>
    async (...given: unknown[]) =>
      void done.push([what, ...given]);
  const leases = {
    grant: note('grant'),
    end: note('end'),
    stop: async (...given: unknown[]) => {
      await note('stop')(...given);
      return holder;
    },
  } as unknown as LeaseTable;
  const bus = { publish: (...given: unknown[]) => void done.push(['publish', ...given]) } as unknown as Bus;
  const fact = { id: eventId, type, data: { ...attempt, ...data } } as unknown as Fact;
  expect(await leaseReactions(leases, bus).react(fact, {} as Memory)).toEqual([]);
  return done;
}

describe('the rows of leases', () => {
  it('begin with the grant to an agent, and none with one to a person', async () => {
    const granted = { leasedBy: 'agent:worker', instanceId: 'i1', leaseMs: 30_000 };
    expect(await told('TaskLeased', granted)).toEqual([
      ['grant', { ...attempt, agentId: 'worker', instanceId: 'i1', leaseMs: 30_000, eventId }],
    ]);
    await told('TaskLeased', { ...granted, leasedBy: 'user:one' });
    await told('TaskLeased', { ...granted, leaseMs: undefined });
    expect(done).toHaveLength(1);
  });

  it.each(['TaskSucceeded', 'TaskFailed', 'TaskLeaseExpired', 'TaskReleased', 'TaskHandedOff', 'TaskCancelled'])(
    'end with %s',
    async (type) => expect(await told(type)).toEqual([['end', attempt]]),
  );

  it('do not end where a task is cancelled that nobody ever had', async () =>
    expect(await told('TaskCancelled', { attempt: undefined })).toEqual([]));

  it('are left alone by anything else', async () => expect(await told('TaskScheduled')).toEqual([]));
});

describe('a stop', () => {
  it('is kept in the row, and its holder is told at once', async () => {
    expect(await told('TaskStopRequested', { why: 'cancel', then: 'cancel' })).toEqual([
      ['stop', expect.objectContaining(attempt), 'cancel'],
      ['publish', 'agencyos.live.agent.worker', { stop: { ...attempt, why: 'cancel' } }],
    ]);
  });

  it('is told to nobody where nobody holds it', async () => {
    holder = undefined;
    expect(await told('TaskStopRequested', { why: 'cancel', then: 'cancel' })).toHaveLength(1);
  });
});
