import { defineCommands, defineEvents, newId, type CommandOf, type EventOf } from '@agencyos/contracts';
import { z } from 'zod';
import { AggregateHost } from '../../commands/aggregate-host.js';
import type { ActorOptions } from '../../commands/stream-actor.js';
import type { Aggregate } from '../../service-definition.js';

const lamp = z.strictObject({ lampId: z.string() });
const commands = defineCommands('house', 'lamp', 'lampId', {
  Light: { permission: ['board:write'], refusals: [], data: lamp },
  Darken: { permission: ['board:write'], refusals: [], data: lamp },
});
const events = defineEvents('house', 'lamp', { LampLit: z.object({}), LampDarkened: z.object({}) });

interface Lamp {
  lit: boolean;
  /** By who lit it. */
  times: ReadonlyMap<string, number>;
}
type LampAggregate = Aggregate<CommandOf<typeof commands>, Lamp, EventOf<typeof events>>;

/** A state that JSON alone does not hold. */
export const lamps = (key = 'sha256:lamp', keepEvery?: number): LampAggregate => ({
  category: 'lamp',
  commands,
  events,
  decider: {
    initialState: lampOf(false, new Map()),
    decide: ({ type }, { lit }) => ((type === 'Light') === lit ? [] : [{ type: lit ? 'LampDarkened' : 'LampLit', data: {} }]),
    evolve({ times }, { type }, { actor }) {
      const lit = type === 'LampLit';
      return lampOf(lit, lit ? new Map(times).set(actor, (times.get(actor) ?? 0) + 1) : times);
    },
  },
  snapshots: {
    key,
    revive(json) {
      const { lit, times } = json as { lit: boolean; times: [string, number][] };
      return lampOf(lit, new Map(times));
    },
    ...(keepEvery && { keepEvery }),
  },
});

const lampOf = (lit: boolean, times: ReadonlyMap<string, number>): Lamp =>
  Object.defineProperty({ lit, times }, 'toJSON', { value: () => ({ lit, times: [...times] }) });
export const STREAM = 'lamp-one';

/** A process that commands are sent to. */
export function lampProcess(aggregate: LampAggregate, options: ActorOptions) {
  const host = new AggregateHost(aggregate, options);
  const send = (type: 'Light' | 'Darken', id = newId()) => {
    const metadata = { commandId: id, correlationId: id, causationId: id, now: '', level: 0, sender: 'gateway' };
    const who = { actor: 'user:one', depth: 0, roles: [], permissions: [], stepUp: 'none' as const };
    return host.execute({ type, data: { lampId: 'one' }, metadata: { ...metadata, ...who } }, `sha256:${type}`, {});
  };
  return {
    send,
    /** So many events, one after the other as one list of commands. */
    async blink(events: number) {
      await Promise.all(Array.from({ length: events }, (_, n) => send(n % 2 === 0 ? 'Light' : 'Darken')));
    },
  };
}
