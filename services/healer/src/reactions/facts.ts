import type {
  autonomyEvents,
  CommandData,
  CommandName,
  FactOf,
  healingEvents,
  incidentEvents,
  monitorEvents,
  ProblemOf,
  PublishedCommand,
  repairEvents,
  runbookEvents,
  targetEvents,
} from '@agencyos/contracts';
import type { Reaction } from '@agencyos/runtime';
import type { Situation } from './situation.js';

/** What the healer reacts to. */
export type HealerFact = FactOf<typeof targetEvents | typeof monitorEvents | typeof incidentEvents | typeof repairEvents>;
type OtherFact = FactOf<typeof runbookEvents | typeof autonomyEvents | typeof healingEvents>;
export type DataOf<T extends (HealerFact | OtherFact)['type']> = Extract<HealerFact | OtherFact, { type: T }>['data'];

export type React = (fact: HealerFact, situation: Situation) => Promise<Reaction[]> | Reaction[];

/**
 * A reaction's command. A repetition of the fact may decide otherwise than the first time; then the command of the
 * first time stands (`idempotency_conflict`), and that is no refusal.
 */
export function send<T extends CommandName>(
  name: string,
  type: T,
  data: CommandData<T>,
  ifRefused?: (problem: ProblemOf<T>) => PublishedCommand[],
): Reaction {
  const reaction: Reaction = { name, command: { type, data } as unknown as PublishedCommand };
  if (!ifRefused) return reaction;
  return {
    ...reaction,
    ifRefused: (problem: ProblemOf<T>) => (problem.code === 'idempotency_conflict' ? [] : ifRefused(problem)),
  };
}
