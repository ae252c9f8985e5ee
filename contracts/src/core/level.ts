import type { CommandDefinition, CommandSet, EventSet } from './define.js';
import type { EventData } from './evolution.js';
import { valuesAt, without } from './paths.js';

/** What has no level of its own is of this one: every version that knows levels writes and offers it. */
export const FIRST_LEVEL = 1;

/** The highest level that anything here is of: whoever has these contracts reads it. */
export function highestLevel(events: readonly EventSet[], commands: readonly CommandSet[]): number {
  const written = events.flatMap(({ since }) => Object.values(since).flatMap((schemas) => Object.values(schemas ?? {})));
  const offered = commands.flatMap(({ types }) => Object.values(types).flatMap(levelsOf));
  return Math.max(FIRST_LEVEL, ...written.map(({ level }) => level), ...offered);
}

const levelsOf = ({ since = FIRST_LEVEL, fieldsSince = {} }: CommandDefinition) => [since, ...Object.values(fieldsSince)];

/** An event as it is recorded. */
export interface WrittenEvent {
  schema: number;
  data: EventData;
}

/**
 * The event in the last schema that is written at a level, without the fields that came later: as the version before would
 * have written it. Undefined where that had no such event.
 */
export function writtenAt(
  { versions, since }: Pick<EventSet, 'versions' | 'since'>,
  { type, data }: { type: string; data: EventData },
  level: number,
): WrittenEvent | undefined {
  let schema = versions[type] ?? 1;
  const schemas = since[type];
  if (!schemas) return { schema, data };
  for (; schema > 0; schema--) {
    const from = schemas[schema];
    if (!from || from.level <= level) return { schema, data };
    for (const path of from.adds ?? []) data = without(data, path.split('.'));
  }
  return undefined;
}

/** What of a command is not offered at a level: all of it, or a field that it has. */
export interface NotOffered {
  level: number;
  field?: string;
}

export function notOffered({ since, fieldsSince }: CommandDefinition, data: unknown, level: number): NotOffered | undefined {
  if (since !== undefined && since > level) return { level: since };
  if (!fieldsSince) return undefined;
  for (const [path, from] of Object.entries(fieldsSince)) {
    const [found] = from > level ? valuesAt(data, path.split('.')) : [];
    if (found) return { level: from, field: found[0] };
  }
  return undefined;
}
