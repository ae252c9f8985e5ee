import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { differences, refused, unreadable, type Finding } from '../scripts/compare-schemas.mjs';
import { jsonSchema } from '../scripts/json-schema.mjs';

type Compare = (before: Record<string, unknown>, after: Record<string, unknown>) => Finding[];
const told = (compare: Compare, before: z.ZodType, after: z.ZodType) =>
  compare(jsonSchema(before), jsonSchema(after)).map(({ at, what }) => `${at} ${what}`);

const shade = z.enum(['red', 'blue']);
const lamp = z.object({ lampId: z.string(), percent: z.int().max(100), shade: shade.optional() });
const tagged = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('wall'), wall: z.string() }),
  z.object({ kind: z.literal('ceiling') }),
]);

/** `[what changes, before, after, what is said]`; nothing is said of what may change. */
type Case = [string, z.ZodType, z.ZodType, ...string[]];

describe('what is taken', () => {
  const strict = z.strictObject({ lampId: z.string(), shade: shade.optional() });
  const allowed: Case[] = [
    ['nothing', lamp, lamp],
    ['a new optional field', strict, strict.extend({ note: z.string().optional() })],
    ['a field that need not be given any more', strict, strict.partial()],
    ['a new value', shade, z.enum(['red', 'blue', 'green'])],
    ['any value instead of some', shade, z.string()],
    ['a looser limit', z.string().max(5), z.string().max(6)],
    ['no pattern any more', z.string().regex(/^a/), z.string()],
    ['numbers instead of integers', z.int(), z.number()],
    ['null as well', z.string(), z.string().nullable()],
    ['another alternative', tagged, z.union([...tagged.options, z.object({ kind: z.literal('floor') })])],
    ['anything', lamp, z.unknown()],
    ['a longer list', z.array(z.string()).max(3), z.array(z.string()).max(4)],
    ['other fields', strict, z.object(strict.shape)],
  ];
  it.each(allowed)('may change by %s', (_, before, after) => {
    expect(told(refused, before, after)).toEqual([]);
  });

  const breaks: Case[] = [
    ['a new field that must be given', strict, strict.extend({ note: z.string() }), '.note must be given now'],
    ['an optional field that must be given', strict, strict.required(), '.shade must be given now'],
    ['a field less', strict, z.strictObject({ lampId: z.string() }), '.shade is not taken any more'],
    ['a field less, where others are ignored', lamp, lamp.omit({ percent: true }), '.percent is not taken any more'],
    ['a value less', shade, z.enum(['red']), ' no longer takes "blue"'],
    [
      'a value less deep inside',
      z.array(lamp),
      z.array(lamp.extend({ shade: z.enum(['red']).optional() })),
      '[].shade no longer takes "blue"',
    ],
    ['some values instead of any', z.string(), shade, ' takes only "red", "blue" now'],
    ['another constant', z.literal('a'), z.literal('b'), ' no longer takes "a"'],
    ['another type', z.string(), z.number(), ' takes number now and no longer string'],
    ['integers instead of numbers', z.number(), z.int(), ' takes integer now and no longer number'],
    ['a type where there was none', z.unknown(), z.string(), ' takes string now and no longer anything'],
    ['no null any more', z.string().nullable(), z.string(), ' takes string now and no longer null'],
    ['a lower limit', z.string().max(5), z.string().max(4), ' has a lower maxLength (4)'],
    ['a limit where there was none', z.array(z.string()), z.array(z.string()).min(1), ' has a higher minItems (1)'],
    ['a higher least number', z.number().min(1), z.number().min(2), ' has a higher minimum (2)'],
    ['a pattern', z.string(), z.string().regex(/^a/), ' has the pattern ^a now'],
    ['another pattern', z.string().regex(/^b/), z.string().regex(/^a/), ' has the pattern ^a now'],
    ['a format', z.string(), z.uuid(), ' has the format uuid now'],
    ['an alternative less', tagged, tagged.options[0], '.kind no longer takes "ceiling"', '.wall must be given now'],
    [
      'an alternative that changes',
      tagged,
      z.union([z.object({ kind: z.literal('wall'), wall: z.number() }), tagged.options[1]]),
      '.wall takes number now and no longer string',
    ],
    ['no other fields', lamp, z.strictObject(lamp.shape), ' no longer takes other fields'],
    [
      'another type of values',
      z.record(z.string(), z.string()),
      z.record(z.string(), z.number()),
      '.* takes number now and no longer string',
    ],
    [
      'names that are limited',
      z.record(z.string(), z.string()),
      z.record(z.string().regex(/^a/), z.string()),
      ' (names) has the pattern ^a now',
    ],
  ];
  it.each(breaks)('may not change by %s', (_, before, after, ...said) => {
    expect(told(refused, before, after)).toEqual(said);
  });
});

describe('what is given', () => {
  const allowed: Case[] = [
    ['nothing', lamp, lamp],
    ['a new field', lamp, lamp.extend({ note: z.string() })],
    ['a field that is always there now', lamp, lamp.required()],
    ['a new value', shade, z.enum(['red', 'blue', 'green'])],
    ['a value less', shade, z.enum(['red'])],
    ['some values instead of any', z.string(), shade],
    ['any limit', z.string().max(5).regex(/^a/), z.string().max(9)],
    ['integers instead of numbers', z.number(), z.int()],
    ['no null any more', z.string().nullable(), z.string()],
    ['an alternative less', tagged, tagged.options[0]],
    ['another alternative with a name of its own', tagged, z.union([...tagged.options, z.object({ kind: z.literal('floor') })])],
    ['something where anything was', z.unknown(), lamp],
    ['a format', z.string(), z.uuid()],
  ];
  it.each(allowed)('may change by %s', (_, before, after) => {
    expect(told(unreadable, before, after)).toEqual([]);
  });

  const breaks: Case[] = [
    ['a field less', lamp, lamp.omit({ shade: true }), '.shade is not there any more'],
    ['a field that may be absent', lamp, lamp.partial({ percent: true }), '.percent may be absent now'],
    [
      'another type',
      z.array(lamp),
      z.array(lamp.extend({ percent: z.string() })),
      '[].percent may be string now and was integer',
    ],
    ['numbers instead of integers', z.int(), z.number(), ' may be number now and was integer'],
    ['any value instead of some', shade, z.string(), ' may be any string now and was one of "red", "blue"'],
    ['anything', z.string(), z.unknown(), ' may be anything now and was string'],
    ['null', lamp, lamp.extend({ percent: z.int().nullable() }), '.percent may be null now and was integer'],
    ['another format', z.uuid(), z.string(), ' is no longer of the format uuid'],
    [
      'an alternative without a name of its own',
      z.union([z.string(), z.number()]),
      z.union([z.string(), z.number(), z.boolean()]),
      ' may be boolean now and was string',
    ],
    [
      'an alternative that changes',
      tagged,
      z.union([z.object({ kind: z.literal('wall'), wall: z.number() }), tagged.options[1]]),
      '.wall may be number now and was string',
    ],
    [
      'another type of values',
      z.record(z.string(), z.string()),
      z.record(z.string(), z.number()),
      '.* may be number now and was string',
    ],
    ['no items known any more', z.array(z.string()), z.array(z.unknown()), '[] may be anything now and was string'],
  ];
  it.each(breaks)('may not change by %s', (_, before, after, ...said) => {
    expect(told(unreadable, before, after)).toEqual(said);
  });
});

describe('what is the same', () => {
  it.each<Case>([
    ['words', lamp, lamp.describe('Shines.')],
    ['limits', lamp, lamp.extend({ percent: z.int().max(1_000) })],
    ['the order of fields', lamp, z.object({ shade: lamp.shape.shade, percent: lamp.shape.percent, lampId: z.string() })],
    ['the order of values', shade, z.enum(['blue', 'red'])],
    ['a constant and an enumeration of one', z.literal('a'), z.enum(['a'])],
  ])('stays the same with other %s', (_, before, after) => {
    expect(told(differences, before, after)).toEqual([]);
  });

  it.each<Case>([
    ['a new field', lamp, lamp.extend({ note: z.string().optional() }), '.note is new'],
    ['a field less', lamp, lamp.omit({ shade: true }), '.shade is gone'],
    [
      'a new value',
      z.array(lamp),
      z.array(lamp.extend({ shade: z.enum(['red', 'blue', 'green']).optional() })),
      '[].shade has another enum',
    ],
    ['another type', lamp, lamp.extend({ percent: z.string() }), '.percent has another type'],
    ['another alternative', tagged, z.union([...tagged.options, z.object({ kind: z.literal('floor') })]), ' has another anyOf'],
    ['a field that may be absent', lamp, lamp.partial({ percent: true }), ' has another required'],
  ])('is no longer with %s', (_, before, after, ...said) => {
    expect(told(differences, before, after)).toEqual(said);
  });
});

describe('a keyword that the comparison does not understand', () => {
  it.each([refused, unreadable, differences])('is an error in %p', (compare) => {
    expect(() => compare({ type: 'string', contentEncoding: 'base64' }, { type: 'string' })).toThrow('"contentEncoding"');
  });
});
