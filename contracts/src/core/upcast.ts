import type { EventSet } from './define.js';
import type { EventData, RetiredEvent, Upcaster } from './evolution.js';

export interface VersionedEvent {
  type: string;
  schema: number;
  data: EventData;
  /** Where it stands; only told to whoever cannot read it. */
  stream?: string;
  revision?: number;
}

/** Recorded event → its present form; itself when it has that already. @throws UnknownEventVersion */
export type Upcast = <E extends VersionedEvent>(event: E) => E;

/** The event was written by a newer version of the product, or its schema never existed. */
export class UnknownEventVersion extends Error {
  override readonly name = 'UnknownEventVersion';
  /** @param known the last schema of that name; undefined when there is no such name here */
  constructor({ type, schema, stream, revision }: VersionedEvent, known: number | undefined) {
    const place = stream === undefined ? '' : `${stream}@${revision}: `;
    const what =
      known === undefined
        ? `the event ${type} is unknown here`
        : `${type} of schema ${schema} is unknown here, the last known one is ${known}`;
    super(`${place}${what}. A newer version wrote it: run that one`);
  }
}

interface Chain {
  last: number;
  steps: Record<number, Upcaster>;
  /** Set for a name that is retired. */
  next?: RetiredEvent;
}

/** Reads events of these sets in whatever form they were ever written. */
export function upcastOf(sets: readonly EventSet[]): Upcast {
  const chains = new Map<string, Chain>();
  for (const { types, versions, upcasters, retired } of sets) {
    for (const type of Object.keys(types)) chains.set(type, { last: versions[type] ?? 1, steps: upcasters[type] ?? {} });
    for (const [type, next] of Object.entries(retired))
      chains.set(type, { last: next.schema ?? 1, steps: upcasters[type] ?? {}, next });
  }

  return (event) => {
    const { type, schema } = event;
    const chain = chains.get(type);
    if (!chain) throw new UnknownEventVersion(event, undefined);
    if (schema === chain.last && !chain.next) return event;
    if (!(Number.isInteger(schema) && schema >= 1 && schema <= chain.last)) throw new UnknownEventVersion(event, chain.last);
    return { ...event, ...present(event, chain) };
  };

  function present({ type, schema, data }: VersionedEvent, { last, steps, next }: Chain): VersionedEvent {
    for (let from = schema; from < last; from++) data = steps[from]?.(data) ?? data;
    if (!next) return { type, schema: last, data };
    // checkEvolution has seen to it that there is such a name and schema.
    return present({ ...next.becomes, data: next.upcast(data) }, chains.get(next.becomes.type)!);
  }
}
