import { allCommands, newId } from '@agencyos/contracts';
import type { z } from 'zod';

/** One place of a command that holds text, and what is written there. */
export interface Written {
  door: number;
  text: string;
}

export interface PublishedCommand {
  type: string;
  /** How many places of it take free text: values, names of members, metadata. */
  doors: number;
  /** Data and metadata that its schema takes, but for what is written into one of its doors. */
  with(written?: Written): { data: Record<string, unknown>; metadata: Record<string, unknown> };
}

const PLAIN = 'plain words';
const METADATA = ['correlationId', 'causationId', 'traceparent', 'tracestate'];
const DIGEST = `sha256:${'a'.repeat(64)}`;
const TIME = '2026-11-22T09:30:00.000Z';
/** Where a pattern wants something particular. */
const PARTICULAR = [
  newId(),
  'check',
  DIGEST,
  TIME,
  'user:1',
  'agent:command-1',
  'a0',
  '30s',
  '#aabbcc',
  'A_1',
  'https://example.org/',
  'EUR',
];

const accepts = (schema: z.core.$ZodType, value: unknown): boolean => (schema as z.ZodType).safeParse(value).success;

/** Makes a value of a schema; counts the places of free text on its way. */
class Doors {
  count = 0;

  constructor(private readonly written: Written | undefined) {}

  text(otherwise: string): string {
    return this.count++ === this.written?.door ? this.written.text : otherwise;
  }

  value(schema: z.core.$ZodType): unknown {
    const { def } = (schema as z.core.$ZodTypes)._zod;
    switch (def.type) {
      case 'object':
        return Object.fromEntries(Object.entries(def.shape).map(([name, member]) => [name, this.value(member)]));
      case 'array':
        return Array.from({ length: lengthOf(def.checks ?? []) }, () => this.value(def.element));
      case 'record':
        return { [String(this.value(def.keyType))]: this.value(def.valueType) };
      case 'optional':
      case 'nullable':
      case 'default':
        return this.value(def.innerType);
      case 'union':
        return this.value(def.options[0]!);
      case 'unknown':
        return { [this.text('name')]: [this.text(PLAIN)] };
      case 'string':
        return this.text([PLAIN, ...PARTICULAR].find((text) => accepts(schema, text)) ?? PLAIN);
      case 'number':
        return [1, 60_000, 0].find((number) => accepts(schema, number));
      case 'boolean':
        return true;
      case 'enum':
        return Object.values(def.entries)[0];
      case 'literal':
        return def.values[0];
      default:
        throw new Error(`no value for a ${def.type}: teach it here`);
    }
  }
}

/** One item, unless the schema wants more or none. */
function lengthOf(checks: readonly z.core.$ZodCheck<never>[]): number {
  const limits = checks.map(({ _zod }) => _zod.def as { minimum?: number; maximum?: number });
  const least = Math.max(1, ...limits.flatMap(({ minimum }) => minimum ?? []));
  return Math.min(least, ...limits.flatMap(({ maximum }) => maximum ?? []));
}

/** Every published command, with a way to write any text into any place: a new command is covered by itself. */
export const publishedCommands: PublishedCommand[] = allCommands.flatMap(({ types }) =>
  Object.entries(types).map(([type, { data }]): PublishedCommand => {
    const build = (written?: Written) => {
      const doors = new Doors(written);
      const made = doors.value(data) as Record<string, unknown>;
      const metadata = Object.fromEntries(METADATA.map((name) => [name, doors.text(PLAIN)]));
      return { doors: doors.count, data: made, metadata };
    };
    return { type, doors: build().doors, with: build };
  }),
);
