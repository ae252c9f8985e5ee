import { defineCommands, newId, type EventOf } from '@agencyos/contracts';
import { Rejection, type Decider } from '@agencyos/decider';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { DatabaseClock } from '../event-store/database-clock.js';
import { MemoryEventStore } from '../event-store/memory-event-store.js';
import { PresentEventStore } from '../event-store/present-event-store.js';
import { readStream } from '../event-store/testing/sample-append.js';
import { lampEvents, lampForm, recordAs } from '../event-store/testing/sample-evolution.js';
import type { Logger } from '../logger.js';
import { AggregateHost } from './aggregate-host.js';

const lampCommands = defineCommands('house', 'lamp', 'lampId', {
  DimLamp: { permission: ['board:write'], refusals: [], data: z.strictObject({ lampId: z.string() }) },
});
type DimLamp = { type: 'DimLamp'; data: { lampId: string } };

/** Knows only what lamps are today. */
const decider: Decider<DimLamp, number, EventOf<typeof lampEvents>> = {
  initialState: 0,
  decide({ data: { lampId } }, percent) {
    if (percent === 0) throw new Rejection('closed', { detail: 'The lamp is off.' });
    return [{ type: 'LampLit', data: { lampId, percent: percent / 2 } }];
  },
  evolve: (_, { data }) => data.percent ?? Number.NaN,
};

const dim = () => {
  const id = newId();
  const who = { sender: 'gateway', actor: 'service:gateway', depth: 0, roles: [], permissions: [] };
  const metadata = { commandId: id, correlationId: id, causationId: id, now: '', level: 0, stepUp: 'none' as const };
  return { type: 'DimLamp', data: { lampId: 'hall' }, metadata: { ...metadata, ...who } };
};

async function lamps() {
  const recorded = new MemoryEventStore();
  const clock = await DatabaseClock.start(async () => 0);
  clock.stop();
  const logger = { error: () => undefined } as unknown as Logger;
  const store = new PresentEventStore(recorded, lampForm('lamp'));
  const aggregate = { category: 'lamp', commands: lampCommands, events: lampEvents, decider };
  const host = new AggregateHost(aggregate, { store, clock, logger, deadlineMs: 1_000 });
  return { recorded, dimmed: () => host.execute(dim(), 'sha256:dim', {}) };
}
const lampId = 'hall';

describe('a stream that older versions wrote', () => {
  it('is folded in the form of today, and goes on in it', async () => {
    const { recorded, dimmed } = await lamps();
    await recordAs(recorded, 'lamp-hall', 0, 'LampSwitched', 1, { lampId, on: false });
    await expect(dimmed()).rejects.toMatchObject({ code: 'closed' });
    await recordAs(recorded, 'lamp-hall', 1, 'LampLit', 1, { lampId });
    expect(await dimmed()).toMatchObject({ revision: 2 });
    expect(await dimmed()).toMatchObject({ revision: 3 });
    expect((await readStream(recorded, 'lamp-hall')).map(({ schema, data }) => [schema, data])).toEqual([
      [1, { lampId, on: false }],
      [1, { lampId }],
      [2, { lampId, percent: 50 }],
      [2, { lampId, percent: 25 }],
    ]);
  });

  it('takes no command once a newer version has written into it', async () => {
    const { recorded, dimmed } = await lamps();
    await recordAs(recorded, 'lamp-hall', 0, 'LampLit', 3, { lampId, percent: 100 });
    await expect(dimmed()).rejects.toThrow('lamp-hall@0: LampLit of schema 3 is unknown here');
    expect(await recorded.head()).toBe(1n);
  });
});
