import { defineCommands, defineEvents, newId, type CommandOf, type EventOf } from '@agencyos/contracts';
import type { Decider } from '@agencyos/decider';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { DatabaseClock } from '../event-store/database-clock.js';
import { MemoryEventStore } from '../event-store/memory-event-store.js';
import type { Logger } from '../logger.js';
import { AggregateHost } from './aggregate-host.js';

const lamp = z.strictObject({ lampId: z.string() });
const commands = defineCommands('house', 'lamp', 'lampId', {
  Light: { permission: ['board:write'], refusals: [], data: lamp },
  Darken: { permission: ['board:write'], refusals: [], data: lamp },
});
const events = defineEvents('house', 'lamp', { LampLit: z.object({}), LampDarkened: z.object({}) });

const decider: Decider<CommandOf<typeof commands>, boolean, EventOf<typeof events>> = {
  initialState: false,
  decide({ type }, lit) {
    if ((type === 'Light') === lit) return [];
    return [{ type: lit ? 'LampDarkened' : 'LampLit', data: {} }];
  },
  evolve: (_, { type }) => type === 'LampLit',
};

/** As a store whose answers are not written with the events. */
class LateAnswers extends MemoryEventStore {
  override readonly atomicAnswers = false;
}

describe.each([
  ['with the events', () => new MemoryEventStore()],
  ['apart from them', () => new LateAnswers()],
])('a command that changes nothing, where answers are kept %s', (_, open) => {
  it('is remembered: its id has no effect later, in no process (fault 21)', async () => {
    const store = open();
    const clock = await DatabaseClock.start(async () => 0);
    const logger = { error: () => undefined } as unknown as Logger;
    const process = () =>
      new AggregateHost({ category: 'lamp', commands, events, decider }, { store, clock, logger, deadlineMs: 1_000 });
    const one = process();
    const send = (host: AggregateHost, type: string, id = newId(), digest = `sha256:${type}`) =>
      host.execute(command(type, id), digest, {});

    const darken = newId();
    const answer = await send(one, 'Darken', darken);
    expect(answer).toMatchObject({ revision: -1, repeated: false });
    await send(one, 'Light');
    expect(await send(one, 'Darken', darken)).toEqual({ ...answer, repeated: true });
    expect(await send(process(), 'Darken', darken)).toEqual({ ...answer, repeated: true });
    await expect(send(process(), 'Light', darken)).rejects.toMatchObject({ code: 'idempotency_conflict' });
    expect((await send(one, 'Darken')).revision).toBe(1);
    clock.stop();
  });

  it('is answered as another process answered it which found something to do meanwhile', async () => {
    const store = open();
    const clock = await DatabaseClock.start(async () => 0);
    const logger = { error: () => undefined } as unknown as Logger;
    const options = { store, clock, logger, deadlineMs: 1_000 };
    const [one, two] = [0, 1].map(() => new AggregateHost({ category: 'lamp', commands, events, decider }, options)) as [
      AggregateHost,
      AggregateHost,
    ];
    const send = (host: AggregateHost, type: string, id = newId()) => host.execute(command(type, id), `sha256:${type}`, {});
    const darken = newId();
    const remember = store.remember.bind(store);
    store.remember = async (answers) => {
      store.remember = remember;
      await send(two, 'Light');
      await send(two, 'Darken', darken);
      return remember(answers);
    };
    expect(await send(one, 'Darken', darken)).toMatchObject({ revision: 1, repeated: true });
    expect(await send(one, 'Darken', darken)).toMatchObject({ revision: 1, repeated: true });
    clock.stop();
  });
});

const command = (type: string, id: string) => ({
  type,
  data: { lampId: 'one' },
  metadata: {
    ...{ commandId: id, correlationId: id, causationId: id, now: '', level: 0, sender: 'gateway' },
    ...{ actor: 'user:one', depth: 0, roles: [], permissions: [], stepUp: 'none' as const },
  },
});
