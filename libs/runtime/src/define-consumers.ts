import type { EventSet, FactOf, PublishedCommand } from '@agencyos/contracts';
import type { FactSource, Memory, Reaction, Reactions, TimerOp, Timers } from './service-definition.js';

/** What facts of one event set, or several, lead to. */
export interface Reacting {
  events: readonly EventSet[];
  react: Reactions['react'];
}

export const reactingTo = <const S extends EventSet>(
  events: readonly S[],
  react: (fact: FactOf<S>, memory: Memory) => Reaction[] | Promise<Reaction[]>,
): Reacting => ({ events, react: react as Reactions['react'] });

/** Facts → commands. What each event set leads to is said apart, so that every fact is known by its type. */
export function defineReactions(name: string, source: FactSource, to: readonly Reacting[]): Reactions {
  const sets = to.flatMap(({ events, react }) => events.map(({ aggregate, types }) => ({ aggregate, types, react })));
  // Names of events are unique.
  const byType = new Map(sets.flatMap(({ types, react }) => Object.keys(types).map((type) => [type, react] as const)));
  return {
    name,
    source,
    categories: sets.map(({ aggregate }) => aggregate),
    react: (fact, memory) => byType.get(fact.type)?.(fact, memory) ?? [],
  };
}

/** Facts "due at T" → one command each. */
export function defineTimers<const S extends EventSet>(
  name: string,
  events: readonly S[],
  {
    on,
    refuse,
  }: {
    on(fact: FactOf<S>): TimerOp[];
    refuse?(fact: FactOf<S>, why: string): PublishedCommand | undefined;
  },
): Timers {
  return {
    name,
    categories: events.map(({ aggregate }) => aggregate),
    on: on as Timers['on'],
    ...(refuse && { refuse: refuse as NonNullable<Timers['refuse']> }),
  };
}
