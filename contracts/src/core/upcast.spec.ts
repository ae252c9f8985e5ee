import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineEvents } from './define.js';
import type { EventData, Evolution } from './evolution.js';
import { UnknownEventVersion, upcastOf } from './upcast.js';

/** Lamps had a colour from schema 2 and a brightness from schema 3; before `LampDimmed` they were only switched. */
const lamps = defineEvents(
  'house',
  'lamp',
  {
    LampLit: z.object({ lampId: z.string(), color: z.string().optional(), percent: z.number().optional() }),
    LampDimmed: z.object({ lampId: z.string(), percent: z.number(), by: z.string().optional() }),
    LampMoved: z.object({ lampId: z.string(), room: z.string().optional() }),
  },
  {
    versions: { LampLit: 3, LampDimmed: 2, LampMoved: 2 },
    upcasters: {
      LampLit: { 1: (data) => ({ ...data, color: 'white' }), 2: (data) => ({ ...data, percent: 100 }) },
      LampDimmed: { 1: (data) => ({ ...data, by: 'nobody' }) },
      LampSwitched: { 1: (data) => ({ ...data, off: true }) },
    },
    retired: {
      LampToggled: {
        data: z.object({ lampId: z.string() }),
        becomes: { type: 'LampSwitched', schema: 1 },
        upcast: (data) => data,
      },
      LampSwitched: {
        data: z.object({ lampId: z.string(), off: z.boolean().optional() }),
        schema: 2,
        becomes: { type: 'LampDimmed', schema: 1 },
        upcast: ({ lampId, off }) => ({ lampId, percent: off ? 0 : 100 }),
      },
    },
  },
);
const upcast = upcastOf([lamps]);

/** Any upcaster that changed what it is given would throw. */
const recorded = (type: string, schema: number, data: EventData) => ({
  type,
  schema,
  data: Object.freeze(data),
  revision: 7,
});
const lampId = 'hall';

describe('a recorded event is read', () => {
  it('as it is when nothing has changed since', () => {
    const event = recorded('LampLit', 3, { lampId, color: 'red' });
    expect(upcast(event)).toBe(event);
  });

  it('through every step since it was written, and keeps what is not its data', () => {
    const lit = (data: EventData) => ({ type: 'LampLit', schema: 3, data, revision: 7 });
    expect(upcast(recorded('LampLit', 1, { lampId }))).toEqual(lit({ lampId, color: 'white', percent: 100 }));
    expect(upcast(recorded('LampLit', 2, { lampId }))).toEqual(lit({ lampId, percent: 100 }));
  });

  it('unchanged where only optional fields were added', () => {
    const event = recorded('LampMoved', 1, { lampId });
    expect(upcast(event)).toEqual({ ...event, schema: 2 });
    expect(event.schema).toBe(1);
  });

  it('as the event that says today what a retired name meant, over several names', () => {
    const dimmed = { type: 'LampDimmed', schema: 2, data: { lampId, percent: 0, by: 'nobody' }, revision: 7 };
    expect(upcast(recorded('LampSwitched', 1, { lampId }))).toEqual(dimmed);
    expect(upcast(recorded('LampToggled', 1, { lampId }))).toEqual(dimmed);
    const on = recorded('LampSwitched', 2, { lampId, off: false });
    expect(upcast(on).data).toEqual({ lampId, percent: 100, by: 'nobody' });
  });

  it.each([
    ['LampLit', 4, 'LampLit of schema 4 is unknown here, the last known one is 3'],
    ['LampSwitched', 3, 'LampSwitched of schema 3 is unknown here, the last known one is 2'],
    ['LampLit', 0, 'LampLit of schema 0 is unknown here'],
    ['LampLit', 1.5, 'LampLit of schema 1.5 is unknown here'],
    ['LampLit', Number.NaN, 'LampLit of schema NaN is unknown here'],
    ['LampSold', 1, 'the event LampSold is unknown here. A newer version wrote it'],
    ['constructor', 1, 'the event constructor is unknown here'],
  ])('never by guessing: %s of schema %d', (type, schema, message) => {
    const read = () => upcast(recorded(type, schema, { lampId }));
    expect(read).toThrow(UnknownEventVersion);
    expect(read).toThrow(message);
  });

  it('and whoever cannot read it is told where it stands', () => {
    const event = { ...recorded('LampLit', 4, { lampId }), stream: 'lamp-hall' };
    expect(() => upcast(event)).toThrow(/^lamp-hall@7: LampLit of schema 4 is unknown here/);
  });
});

describe('events are defined so that all of them can be read', () => {
  const types = { LampLit: z.object({}), LampDimmed: z.object({}) };
  const same = (data: EventData) => data;
  const retired = (type: string, schema = 1) => ({
    data: z.object({}),
    becomes: { type, schema },
    upcast: same,
  });

  it.each<[string, Evolution]>([
    ['LampSold has a version, but is no event here', { versions: { LampSold: 2 } }],
    ['LampLit has the version 0', { versions: { LampLit: 0 } }],
    ['LampLit has the version 1.5', { versions: { LampLit: 1.5 } }],
    ['LampSold has upcasters, but is no event here', { upcasters: { LampSold: { 1: same } } }],
    ['LampLit has an upcaster from schema 1, but its schemas end at 1', { upcasters: { LampLit: { 1: same } } }],
    ['LampLit has an upcaster from schema 0', { versions: { LampLit: 2 }, upcasters: { LampLit: { 0: same } } }],
    ['LampLit is retired and present', { retired: { LampLit: retired('LampDimmed') } }],
    ['LampOn becomes LampSold, which is no event here', { retired: { LampOn: retired('LampSold') } }],
    ['but its schemas end at 1', { retired: { LampOn: retired('LampLit', 2) } }],
    ['LampOn becomes itself', { retired: { LampOn: retired('LampOn') } }],
    ['becomes itself', { retired: { LampOn: retired('LampOff'), LampOff: retired('LampOn') } }],
  ])('%s', (message, evolution) => {
    expect(() => defineEvents('house', 'lamp', types, evolution)).toThrow(message);
  });
});
