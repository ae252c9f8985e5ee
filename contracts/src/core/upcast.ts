import type { EventSet } from './define.js';
import type { EventData, RetiredEvent, Upcaster } from './evolution.js';

export interface VersionedEvent {
  type: string;
  schema: number;
  data: EventData;
}

/** Recorded event → its present form; itself when it has that already. @throws UnknownEventVersion */
export type Upcast = <E extends VersionedEvent>(event: E) => E;

/** The event was written by a newer version of the product, or its schema never existed. */
export class UnknownEventVersion extends Error {
  override readonly name = 'UnknownEventVersion';
  constructor(
    readonly type: string,
    readonly schema: number,
    /** The last schema known here; undefined when the name is unknown. */
    readonly known: number | undefined,
  ) {
    super(
      known === undefined
        ? `the event ${type} is unknown here: a newer version wrote it`
        : `${type} of schema ${schema} is unknown here, the last known one is ${known}: a newer version wrote it`,
    );
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
    for (const type of Object.keys(types))
      chains.set(type, { last: versions[type] ?? 1, steps: upcasters[type] ?? {} });
    for (const [type, next] of Object.entries(retired))
      chains.set(type, { last: next.schema ?? 1, steps: upcasters[type] ?? {}, next });
  }

  return (event) => {
    const chain = chains.get(event.type);
    if (!chain) throw new UnknownEventVersion(event.type, event.schema, undefined);
    if (event.schema === chain.last && !chain.next) return event;
    return { ...event, ...present(event, chain) };
  };

  function present({ type, schema, data }: VersionedEvent, { last, steps, next }: Chain): VersionedEvent {
    if (!(Number.isInteger(schema) && schema >= 1 && schema <= last))
      throw new UnknownEventVersion(type, schema, last);
    for (let from = schema; from < last; from++) data = steps[from]?.(data) ?? data;
    if (!next) return { type, schema: last, data };
    const successor = { ...next.becomes, data: next.upcast(data) };
    return present(successor, chains.get(successor.type)!);
  }
}
