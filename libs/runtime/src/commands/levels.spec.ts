import { defineCommands, defineEvents, newId, type EventOf } from '@agencyos/contracts';
import type { Decider } from '@agencyos/decider';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { DatabaseClock } from '../event-store/database-clock.js';
import { MemoryEventStore } from '../event-store/memory-event-store.js';
import { readStream } from '../event-store/testing/sample-append.js';
import type { Logger } from '../logger.js';
import { AggregateHost } from './aggregate-host.js';
import { StreamState } from './stream-state.js';

const lampId = 'hall';
const commands = defineCommands('house', 'lamp', 'lampId', {
  LightLamp: { permission: [], refusals: [], data: z.strictObject({ lampId: z.string() }) },
  BlinkLamp: { permission: [], refusals: [], data: z.strictObject({ lampId: z.string() }) },
});
/** Level 2 brought how bright, level 3 the blinking. */
const events = defineEvents(
  'house',
  'lamp',
  { LampLit: z.object({ lampId: z.string(), percent: z.number().optional() }), LampBlinked: z.object({ lampId: z.string() }) },
  {
    versions: { LampLit: 2 },
    upcasters: { LampLit: { 1: (data) => ({ ...data, percent: 100 }) } },
    since: { LampLit: { 2: { level: 2, adds: ['percent'] } }, LampBlinked: { 1: { level: 3 } } },
  },
);
type Percents = readonly (number | undefined)[];
type LampDecider = Decider<{ type: string; data: { lampId: string } }, Percents, EventOf<typeof events>>;

async function lamp(written: number) {
  const store = new MemoryEventStore();
  const clock = await DatabaseClock.start(async () => 0);
  clock.stop();
  const level = { written };
  const logger = { error: () => undefined } as unknown as Logger;
  const levels: number[] = [];
  const decider: LampDecider = {
    initialState: [],
    decide({ type, data, metadata }) {
      levels.push(metadata.level);
      return type === 'BlinkLamp' ? [{ type: 'LampBlinked', data }] : [{ type: 'LampLit', data: { ...data, percent: 50 } }];
    },
    evolve: (percents, event) => (event.type === 'LampLit' ? [...percents, event.data.percent] : percents),
  };
  const states: unknown[] = [];
  const writer = { offer: ({ state }: { state: unknown }) => void states.push(state) };
  const snapshots = { writer, states: { at: (stream: string) => Promise.resolve(new StreamState(stream, aggregate)) } };
  const aggregate = { category: 'lamp', commands, events, decider };
  const host = new AggregateHost(aggregate, { store, clock, logger, level, snapshots, deadlineMs: 1_000 });
  const send = (type: string) => {
    const id = newId();
    const who = { sender: 'gateway', actor: 'service:gateway', depth: 0, roles: [], permissions: [], stepUp: 'none' as const };
    const metadata = { commandId: id, correlationId: id, causationId: id, now: '', level: 0, ...who };
    return host.execute({ type, data: { lampId }, metadata }, `sha256:${type}`, {});
  };
  const recorded = async () => (await readStream(store, 'lamp-hall')).map(({ type, schema, data }) => [type, schema, data]);
  return { level, send, recorded, folded: () => states.at(-1), levels };
}

describe('an event below its level', () => {
  it('is written as the version before had written it, and folded as it will be read', async () => {
    const { send, recorded, folded } = await lamp(1);
    await send('LightLamp');
    expect(await recorded()).toEqual([['LampLit', 1, { lampId }]]);
    expect(folded()).toEqual([100]);
  });

  it('is refused where that had none, and nothing of its command is recorded', async () => {
    const { send, recorded } = await lamp(2);
    await expect(send('BlinkLamp')).rejects.toMatchObject({
      code: 'not_offered',
      status: 409,
      details: { level: 3, detail: expect.stringContaining('LampBlinked, which is written from level 3 on, and level 2 is') },
    });
    expect(await recorded()).toEqual([]);
  });

  it('is written as it is from then on, by the same process', async () => {
    const { level, send, recorded, folded, levels } = await lamp(1);
    await send('LightLamp');
    level.written = 3;
    await send('LightLamp');
    await send('BlinkLamp');
    expect(await recorded()).toEqual([
      ['LampLit', 1, { lampId }],
      ['LampLit', 2, { lampId, percent: 50 }],
      ['LampBlinked', 1, { lampId }],
    ]);
    expect([folded(), levels]).toEqual([
      [100, 50],
      [1, 3, 3],
    ]);
  });
});
