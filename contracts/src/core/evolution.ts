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

/** From which level a schema is written; below it the one before is, without the fields that came with this one. */
export interface WrittenFrom {
  level: number;
  /** Paths of those fields: `among`, `cards.*.due`. */
  adds?: readonly string[];
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
  /**
   * Per event and schema from which level it is written, `{CardMoved: {2: {level: 3, adds: ['why']}}}`; at every one when
   * absent. A new event has it for its schema 1.
   */
  since?: Partial<Record<T, Record<number, WrittenFrom>>>;
}

/** Finds what could not be read later when it is defined, not when the first old event is met. @throws TypeError */
export function checkEvolution(types: readonly string[], evolution: Evolution): void {
  const { versions = {}, upcasters = {}, retired = {}, since = {} } = evolution;
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
  for (const [type, schemas] of Object.entries(since)) {
    if (!types.includes(type)) throw wrong(`${type} is written from a level on, but is no event here`);
    let before = 0;
    for (const [schema, { level }] of Object.entries(schemas ?? {})) {
      if (Number(schema) > lastOf(type)!) throw wrong(`${type} has no schema ${schema} to be written from a level on`);
      if (!Number.isInteger(level) || level < Math.max(before, 1))
        throw wrong(`${type} has schema ${schema} from the level ${level}`);
      before = level;
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
