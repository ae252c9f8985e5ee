import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineCommands, defineEvents } from './define.js';
import type { Evolution } from './evolution.js';
import { highestLevel, notOffered, writtenAt } from './level.js';

const lamp = z.object({
  lampId: z.string(),
  percent: z.int().optional(),
  bulbs: z.array(z.object({ id: z.string(), colour: z.string().optional() })).optional(),
});
const events = defineEvents(
  'house',
  'lamp',
  { LampLit: lamp, LampDimmed: lamp },
  {
    versions: { LampLit: 3 },
    since: {
      LampLit: { 2: { level: 2, adds: ['percent'] }, 3: { level: 4, adds: ['bulbs.*.colour'] } },
      LampDimmed: { 1: { level: 3 } },
    },
  },
);
const offer = { permission: [], refusals: [] };
const commands = defineCommands('house', 'lamp', 'lampId', {
  LightLamp: { ...offer, data: z.strictObject(lamp.shape), fieldsSince: { percent: 2, 'bulbs.*.colour': 4 } },
  DimLamp: { ...offer, data: z.strictObject(lamp.shape), since: 3 },
});
const bulbs = [{ id: 'a', colour: 'red' }, { id: 'b' }];
const data = { lampId: 'hall', percent: 50, bulbs };

describe('the level of contracts', () => {
  it('is the highest that anything in them is of, and 1 where nothing is', () => {
    expect(highestLevel([events], [])).toBe(4);
    expect(highestLevel([], [commands])).toBe(4);
    expect(highestLevel([defineEvents('house', 'door', { DoorOpened: z.object({}) })], [])).toBe(1);
  });
});

describe('an event', () => {
  const at = (level: number, type = 'LampLit') => writtenAt(events, { type, data }, level);

  it('is written in its last schema from that one’s level on', () => expect(at(4)).toEqual({ schema: 3, data }));
  it('is written below it as the version before had written it', () => {
    const plain = [{ id: 'a' }, { id: 'b' }];
    expect(at(3)).toEqual({ schema: 2, data: { lampId: 'hall', percent: 50, bulbs: plain } });
    expect(at(1)).toEqual({ schema: 1, data: { lampId: 'hall', bulbs: plain } });
    expect(data.bulbs).toEqual([{ id: 'a', colour: 'red' }, { id: 'b' }]);
  });
  it('is not written at all where that one had none', () => {
    expect(at(2, 'LampDimmed')).toBeUndefined();
    expect(at(3, 'LampDimmed')).toEqual({ schema: 1, data });
  });
});

describe('a command', () => {
  const { LightLamp, DimLamp } = commands.types;

  it('is offered from its level on', () => {
    expect(notOffered(DimLamp, data, 2)).toEqual({ level: 3 });
    expect(notOffered(DimLamp, data, 3)).toBeUndefined();
  });
  it('may be sent below the level of a field, without it', () => {
    expect(notOffered(LightLamp, { lampId: 'hall', bulbs: [{ id: 'b' }] }, 1)).toBeUndefined();
    expect(notOffered(LightLamp, data, 1)).toEqual({ level: 2, field: 'percent' });
    expect(notOffered(LightLamp, data, 3)).toEqual({ level: 4, field: 'bulbs.0.colour' });
    expect(notOffered(LightLamp, data, 4)).toBeUndefined();
  });

  it.each([
    ['a field that it has not', { fieldsSince: { colour: 2 } }, 'offers colour from a level on, but has no such field'],
    ['a field that it needs', { fieldsSince: { lampId: 2 } }, 'offers lampId from a level on, but is refused without it'],
    ['no level', { since: 1.5 }, 'is offered from the level 1.5'],
    ['no level of a field', { fieldsSince: { percent: 0 } }, 'offers percent from the level 0'],
  ])('cannot be held back by %s', (_, wrong, told) =>
    expect(() =>
      defineCommands('house', 'lamp', 'lampId', { LightLamp: { ...offer, data: z.strictObject(lamp.shape), ...wrong } }),
    ).toThrow(`commands are not defined well: LightLamp ${told}`),
  );
});

describe('from which level a schema is written', () => {
  it.each<[string, Evolution['since'], string]>([
    [
      'an event that there is not',
      { LampShone: { 1: { level: 2 } } },
      'LampShone is written from a level on, but is no event here',
    ],
    ['a schema that there is not', { LampLit: { 2: { level: 2 } } }, 'LampLit has no schema 2 to be written from a level on'],
    ['no level', { LampLit: { 1: { level: 0 } } }, 'LampLit has schema 1 from the level 0'],
  ])('is not said of %s', (_, since, told) =>
    expect(() => defineEvents('house', 'lamp', { LampLit: lamp }, { since } as Evolution<'LampLit'>)).toThrow(told),
  );
  it('does not fall from one to the next', () =>
    expect(() =>
      defineEvents(
        'house',
        'lamp',
        { LampLit: lamp },
        { versions: { LampLit: 2 }, since: { LampLit: { 1: { level: 3 }, 2: { level: 2 } } } },
      ),
    ).toThrow('LampLit has schema 2 from the level 2'));
});
