import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { violations } from '../scripts/compare-contracts.mjs';
import { snapshot, snapshotText, type ContractsSnapshot } from '../scripts/snapshot.mjs';
import * as contracts from '../src/index.js';

const { defineCommands, defineEvents, defineView } = contracts;
type Fields = z.ZodRawShape;

const lit = { lampId: z.string(), shade: z.enum(['red', 'blue']).optional() };
const light = { lampId: z.string(), percent: z.int().max(100).optional() };
const lamp = { lampId: z.string(), lit: z.boolean(), at: z.iso.datetime().optional() };

const events = (fields: Fields = lit, version = 1, aggregate = 'lamp') =>
  defineEvents('house', aggregate, { LampLit: z.object(fields) }, { versions: { LampLit: version } });
const commands = (fields: Fields = light, permission: contracts.Permission[] = ['board:write', 'board:admin']) =>
  defineCommands('house', 'lamp', 'lampId', { LightLamp: { permission, refusals: [], data: z.strictObject(fields) } });
const view = (rows: Record<string, Fields> = { lamp }, permission: contracts.Permission = 'board:read') =>
  defineView({
    kind: 'lamps',
    context: 'house',
    permission,
    id: 'all',
    rows: Object.fromEntries(Object.entries(rows).map(([row, fields]) => [row, z.object(fields)])),
  });

/** The product with one house in it; `change` says what is other than released. */
const house = (change: object = {}): ContractsSnapshot =>
  snapshot({ ...contracts, allEvents: [events()], allCommands: [commands()], allViews: [view()], ...change });
const released = JSON.parse(snapshotText('1.4.2', house())) as ContractsSnapshot & { version: string };

const renamed = defineEvents('house', 'lamp', { LampShone: z.object(lit) });
const retired = defineEvents(
  'house',
  'lamp',
  { LampShone: z.object({ lampId: z.string() }) },
  {
    retired: {
      LampLit: { data: z.object(lit), becomes: { type: 'LampShone', schema: 1 }, upcast: (data) => data },
    },
  },
);
const subjects = {
  ...contracts.subjects,
  view: (kind: string, id: string) => `agencyos.views.${kind}.${id}`,
};
const without = <T extends object>(record: T, name: string) =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));

describe('contracts that continue a release', () => {
  it.each<[string, object]>([
    ['have changed nothing', {}],
    ['have a new event', { allEvents: [events(), defineEvents('house', 'door', { DoorOpened: z.object({}) })] }],
    ['have a later schema with optional fields', { allEvents: [events({ ...lit, percent: z.int().optional() }, 2)] }],
    [
      'have a later schema with more values',
      { allEvents: [events({ ...lit, shade: z.enum(['red', 'blue', 'green']).optional() }, 2)] },
    ],
    ['have retired an event', { allEvents: [retired] }],
    ['say more about an event', { allEvents: [events({ ...lit, lampId: z.string().describe('Which.') })] }],
    ['have a command with more optional fields', { allCommands: [commands({ ...light, shade: z.string().optional() })] }],
    ['have a command within wider limits', { allCommands: [commands({ ...light, percent: z.int().max(1_000).optional() })] }],
    ['let more people send a command', { allCommands: [commands(light, ['board:write', 'board:admin', 'run:operate'])] }],
    ['have more in a view', { allViews: [view({ lamp: { ...lamp, shade: z.string() }, room: { name: z.string() } })] }],
    ['have a narrower view', { allViews: [view({ lamp: { ...lamp, at: z.iso.datetime(), lampId: z.string().max(5) } })] }],
    ['have a new permission', { PERMISSIONS: [...contracts.PERMISSIONS, 'house:admin'] }],
  ])('%s', (_, change) => {
    expect(violations(released, house(change))).toEqual([]);
  });
});

describe('contracts that break a release are told', () => {
  const never = 'Within a name only optional fields are added: make it a new event, and retire this one with an upcaster.';
  it.each<[string, object]>([
    [
      'The event LampLit is gone. Names are for ever: keep it, or retire it with the event that it becomes.',
      { allEvents: [renamed] },
    ],
    ['The event LampLit has moved to house/light. Leave it where it is.', { allEvents: [events(lit, 1, 'light')] }],
    [`The event LampLit.shade is not taken any more. ${never}`, { allEvents: [events({ lampId: lit.lampId })] }],
    [`The event LampLit.shade is not taken any more. ${never}`, { allEvents: [events({ lampId: lit.lampId }, 2)] }],
    [`The event LampLit.percent must be given now. ${never}`, { allEvents: [events({ ...lit, percent: z.int() }, 2)] }],
    [
      `The event LampLit.lampId may be absent now. ${never}`,
      { allEvents: [events({ ...lit, lampId: z.string().optional() }, 2)] },
    ],
    [
      `The event LampLit.lampId takes integer now and no longer string. ${never}`,
      { allEvents: [events({ ...lit, lampId: z.int() }, 2)] },
    ],
    [
      `The event LampLit.shade no longer takes "blue". ${never}`,
      { allEvents: [events({ ...lit, shade: z.enum(['red']).optional() }, 2)] },
    ],
    [
      `The event LampLit.lampId has a lower maxLength (5). ${never}`,
      { allEvents: [events({ ...lit, lampId: z.string().max(5) })] },
    ],
    [
      'The event LampLit.percent is new within schema 1. Give LampLit the schema 2, with a fixture.',
      { allEvents: [events({ ...lit, percent: z.int().optional() })] },
    ],
    [
      'The event LampLit.shade has another enum within schema 1. Give LampLit the schema 2, with a fixture.',
      { allEvents: [events({ ...lit, shade: z.enum(['red', 'blue', 'green']).optional() })] },
    ],

    ['The command LightLamp is gone. Keep it, at least to refuse it with a reason.', { allCommands: [] }],
    [
      'The command LightLamp goes to another subject or stream. Leave it where it is.',
      { allCommands: [{ ...commands(), idField: 'percent' }] },
    ],
    [
      'The permission board:admin no longer suffices for LightLamp. Let it suffice.',
      { allCommands: [commands(light, ['board:write'])] },
    ],
    [
      'The command LightLamp.percent is not taken any more. Take what was taken, or make a new command.',
      { allCommands: [commands({ lampId: light.lampId })] },
    ],
    [
      'The command LightLamp.shade must be given now. Take what was taken, or make a new command.',
      { allCommands: [commands({ ...light, shade: z.string() })] },
    ],
    [
      'The command LightLamp.percent has a lower maximum (50). Take what was taken, or make a new command.',
      { allCommands: [commands({ ...light, percent: z.int().max(50).optional() })] },
    ],

    ['The view lamps is gone. Keep it, or make a new one beside it.', { allViews: [] }],
    ['The view lamps is asked for elsewhere. Leave it where it is.', { allViews: [{ ...view(), context: 'garden' }] }],
    ['The view lamps needs board:admin instead of board:read. Leave it.', { allViews: [view({ lamp }, 'board:admin')] }],
    ['The row of lamps, lamp is gone. Keep it.', { allViews: [view({ light: lamp })] }],
    [
      'The view lamps, lamp.lit is not there any more. Keep it as it was, and add beside it.',
      { allViews: [view({ lamp: { lampId: lamp.lampId, at: lamp.at } })] },
    ],
    [
      'The view lamps, lamp.lit may be absent now. Keep it as it was, and add beside it.',
      { allViews: [view({ lamp: { ...lamp, lit: z.boolean().optional() } })] },
    ],

    [
      'The message live/hello.ticket takes integer now and no longer string. Keep it as it was, and add beside it.',
      { liveRequests: { ...contracts.liveRequests, hello: z.strictObject({ ticket: z.int() }) } },
    ],
    ['The message live/reauth is gone. Keep it.', { liveMessages: without(contracts.liveMessages, 'reauth') }],
    [
      'The message Problem.code is not there any more. Keep it as it was, and add beside it.',
      { Problem: contracts.Problem.omit({ code: true }) },
    ],
    [
      'The body of POST /api/v1/login.otp must be given now. Take what was taken.',
      { LoginRequest: contracts.LoginRequest.extend({ otp: z.string() }) },
    ],
    [
      'The answer 200 of GET /api/v1/me.installationId is not there any more. Keep it as it was.',
      { Me: contracts.Me.omit({ installationId: true }) },
    ],
    [
      'The subject view is agencyos.views.{kind}.{id} and was agencyos.view.{kind}.{id}. Others listen there: keep it.',
      { subjects },
    ],
    ['The subject log is gone. Others listen there: keep it.', { subjects: without(contracts.subjects, 'log') }],
    ['The permission task:work is gone. Tokens hold it: keep it.', { PERMISSIONS: contracts.PERMISSIONS.slice(0, -1) }],
  ])('%s', (sentence, change) => {
    expect(violations(released, house(change))).toContain(sentence);
  });

  it('when a schema number goes back', () => {
    const later = { ...released, ...house({ allEvents: [events(lit, 2)] }) };
    expect(violations(later, house())).toEqual(['The event LampLit has schema 1 and was released with 2. Never go back.']);
  });

  it('when a REST operation goes', () => {
    const present = house();
    const { 'POST /api/v1/login': _, ...others } = present.rest;
    const sentence = 'The REST operation POST /api/v1/login is gone. Keep it, or make a new one beside it.';
    expect(violations(released, { ...present, rest: others })).toEqual([sentence]);
  });
});

describe('a new major version', () => {
  const change = { allCommands: [], allViews: [], PERMISSIONS: [] };
  it('may take away commands, views and operations', () => {
    expect(violations(released, house(change), '1.5.0')).not.toEqual([]);
    expect(violations(released, house(change), '2.0.0')).toEqual([]);
  });

  it('never an event: it is recorded', () => {
    expect(violations(released, house({ allEvents: [renamed] }), '2.0.0')).toEqual([
      expect.stringContaining('The event LampLit is gone'),
    ]);
  });
});
