import type { z } from 'zod';

export type EventData = Record<string, unknown>;

/** Data of an older form → data of the next one. Pure: the same event reads the same, always and everywhere. */
export type Upcaster = (data: EventData) => EventData;

/** A name that is written no more, because what it meant is now said by another event. */
export interface RetiredEvent {
  /** Shape of its `data`: what is recorded stays published. */
  data: z.ZodType;
  /** Its last schema; 1 when absent. */
  schema?: number;
  /** What it is read as: the name, and the schema of it that `upcast` yields. Later steps of that name follow. */
  becomes: { type: string; schema: number };
  upcast: Upcaster;
}

/** How the events of one aggregate came to be what they are. */
export interface Evolution<T extends string = string> {
  /** Present schema per event; 1 when absent. */
  versions?: Partial<Record<T, number>>;
  /**
   * Per event the steps from a schema to the next, `{CardMoved: {1: step}}` from 1 to 2. Within a name only optional
   * fields are added, so an older event is a valid newer one as it stands: a step is needed only to fill in what the
   * older event implied, and one that is absent changes nothing.
   */
  upcasters?: Partial<Record<string, Record<number, Upcaster>>>;
  retired?: Record<string, RetiredEvent>;
}

/** Finds what could not be read later when it is defined, not when the first old event is met. @throws TypeError */
export function checkEvolution(types: readonly string[], { versions = {}, upcasters = {}, retired = {} }: Evolution): void {
  const lastOf = (type: string): number | undefined => {
    if (types.includes(type)) return versions[type] ?? 1;
    return retired[type] && (retired[type].schema ?? 1);
  };
  const wrong = (what: string) => new TypeError(`events are not defined well: ${what}`);

  for (const [type, version] of Object.entries(versions)) {
    if (!types.includes(type)) throw wrong(`${type} has a version, but is no event here`);
    if (!Number.isInteger(version) || version! < 1) throw wrong(`${type} has the version ${version}`);
  }
  for (const [type, steps] of Object.entries(upcasters)) {
    const last = lastOf(type);
    if (last === undefined) throw wrong(`${type} has upcasters, but is no event here`);
    for (const from of Object.keys(steps ?? {}).map(Number)) {
      if (!Number.isInteger(from) || from < 1 || from >= last)
        throw wrong(`${type} has an upcaster from schema ${from}, but its schemas end at ${last}`);
    }
  }
  for (const [type, { becomes }] of Object.entries(retired)) {
    if (types.includes(type)) throw wrong(`${type} is retired and present`);
    const last = lastOf(becomes.type);
    if (last === undefined) throw wrong(`${type} becomes ${becomes.type}, which is no event here`);
    if (!Number.isInteger(becomes.schema) || becomes.schema < 1 || becomes.schema > last)
      throw wrong(`${type} becomes ${becomes.type} of schema ${becomes.schema}, but its schemas end at ${last}`);
    const met = new Set([type]);
    for (let next = becomes; ;) {
      if (met.has(next.type)) throw wrong(`${type} becomes itself`);
      met.add(next.type);
      const further = retired[next.type];
      if (!further) break;
      next = further.becomes;
    }
  }
}
