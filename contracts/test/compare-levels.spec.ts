import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { tooEarly } from '../scripts/compare-levels.mjs';
import { snapshot, snapshotText, type ContractsSnapshot } from '../scripts/snapshot.mjs';
import * as contracts from '../src/index.js';

const { defineCommands, defineEvents } = contracts;
const lit = { lampId: z.string() };
const more = { ...lit, why: z.string().optional() };
const offer = { permission: [], refusals: [] };
const events = (fields: z.ZodRawShape, evolution: object = {}) =>
  defineEvents('house', 'lamp', { LampLit: z.object(fields) }, evolution as contracts.Evolution<'LampLit'>);
const commands = (fields: z.ZodRawShape, more: object = {}) =>
  defineCommands('house', 'lamp', 'lampId', { LightLamp: { ...offer, data: z.strictObject(fields), ...more } });

const house = (change: object = {}): ContractsSnapshot =>
  snapshot({ ...contracts, allEvents: [events(lit)], allCommands: [commands(lit)], allViews: [], ...change });
const released = JSON.parse(snapshotText('1.4.2', house())) as ContractsSnapshot & { version: string };
const { level: _, ...ofBeforeLevels } = released;

const newEvent = (since?: number) =>
  defineEvents(
    'house',
    'door',
    { DoorOpened: z.object({}) },
    { ...(since && { since: { DoorOpened: { 1: { level: since } } } }) },
  );
const newCommand = (since?: number) =>
  defineCommands('house', 'door', '', { OpenDoor: { ...offer, data: z.strictObject({}), ...(since && { since }) } });
const schema2 = (since: object = {}) => ({ versions: { LampLit: 2 }, since });

describe('what is new since a release', () => {
  it.each<[string, object, string]>([
    [
      'an event',
      { allEvents: [events(lit), newEvent()] },
      'DoorOpened of schema 1 is new: write it from level 2 on, since: { DoorOpened: { 1: { level: 2 } } }.',
    ],
    ['an event of a level that was released', { allEvents: [events(lit), newEvent(1)] }, 'DoorOpened of schema 1 is new'],
    ['a schema', { allEvents: [events(more, schema2())] }, 'LampLit of schema 2 is new: write it from level 2 on'],
    [
      'a field that would not be left out',
      { allEvents: [events(more, schema2({ LampLit: { 2: { level: 2 } } }))] },
      'LampLit has the new field why: name it in `adds` of its schema 2',
    ],
    [
      'a command',
      { allCommands: [commands(lit), newCommand()] },
      'The command OpenDoor is new: offer it from level 2 on, since: 2.',
    ],
    [
      'a field of a command',
      { allCommands: [commands(more)] },
      "The command LightLamp has the new field why: offer it from level 2 on, fieldsSince: { 'why': 2 }.",
    ],
  ])('%s: waits for the next level', (_, change, told) =>
    expect(tooEarly(released, house(change))).toEqual([expect.stringContaining(told)]),
  );

  it.each<[string, object]>([
    ['nothing', {}],
    ['an event', { allEvents: [events(lit), newEvent(2)] }],
    ['a schema', { allEvents: [events(more, schema2({ LampLit: { 2: { level: 2, adds: ['why'] } } }))] }],
    ['a command', { allCommands: [commands(lit), newCommand(2)] }],
    ['a field of a command', { allCommands: [commands(more, { fieldsSince: { why: 2 } })] }],
  ])('%s: is fine once it does', (_, change) => expect(tooEarly(released, house(change))).toEqual([]));

  it('has no level where the release had none: there is no way back to it', () =>
    expect(tooEarly(ofBeforeLevels, house({ allEvents: [events(lit), newEvent()] }))).toEqual([]));
});
