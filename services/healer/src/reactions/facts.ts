import type {
  AutonomyEvent,
  Fact,
  HealingEvent,
  IncidentEvent,
  MonitorEvent,
  RepairEvent,
  RunbookEvent,
  TargetEvent,
} from '@agencyos/contracts';
import type { Reaction } from '@agencyos/runtime';
import type { Situation } from './situation.js';

export type HealerEvent =
  TargetEvent | MonitorEvent | IncidentEvent | RepairEvent | RunbookEvent | AutonomyEvent | HealingEvent;
export type HealerFact = HealerEvent & Pick<Fact, 'metadata'>;
export type DataOf<T extends HealerEvent['type']> = Extract<HealerEvent, { type: T }>['data'];

/** A fact of this context, by its type. */
export const healerFact = (fact: Fact): HealerFact => fact as unknown as HealerFact;

export type React = (fact: HealerFact, situation: Situation) => Promise<Reaction[]> | Reaction[];

type Substitute = NonNullable<Reaction['ifRefused']>;

/**
 * A reaction's command. A repetition of the fact may decide otherwise than the first time; then the command of the
 * first time stands (`idempotency_conflict`), and that is no refusal.
 */
export function send(name: string, type: string, data: object, ifRefused?: Substitute): Reaction {
  const reaction: Reaction = { name, command: { type, data } };
  if (!ifRefused) return reaction;
  return {
    ...reaction,
    ifRefused: (problem) => (problem.code === 'idempotency_conflict' ? [] : ifRefused(problem)),
  };
}
