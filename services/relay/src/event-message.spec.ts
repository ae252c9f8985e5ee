import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@agencyos/runtime';
import { metadataOf } from '@agencyos/testing/facts';
import { eventMessage } from './event-message.js';
import { rolesIn } from './roles.js';
import { isNewEnough } from './server-version.js';

const recorded = (type: string, stream: string, data: Record<string, unknown> = {}): RecordedEvent => ({
  id: '5f0c3a52-6f0e-5d1b-9d35-7a3e2f6b1c84',
  type,
  schema: 1,
  stream,
  revision: 3,
  position: 42n,
  data,
  metadata: metadataOf({ correlationId: 'c', causationId: 'c', actor: 'user:0199b4f0-0000-7000-8000-000000000002' }),
});

describe('the published form of an event', () => {
  it('names context and aggregate in the subject', () => {
    const subject = (type: string, stream: string) => eventMessage(recorded(type, stream), 41n, 'i').subject;
    expect(subject('CardMoved', 'board-b1')).toBe('agencyos.evt.kanban.board.CardMoved.b1');
    expect(subject('AutonomySet', 'autonomy-restart~web')).toMatch(/^agencyos\.evt\.\w+\.autonomy\.AutonomySet\.restart~web$/);
    expect(subject('NeverHeardOf', 'thing-t1')).toBe('agencyos.evt.thing.thing.NeverHeardOf.t1');
  });

  it('is made of whatever was recorded: what no header may hold is left out of the headers (fault 1)', () => {
    const event = recorded('CardMoved', 'board-b1', { title: 'a\0\ud83d' });
    const metadata = { ...event.metadata, correlationId: '\0', traceparent: '00-\ud83d', tracestate: 'a=b\r\nx: y' };
    const { headers, body } = eventMessage({ ...event, metadata }, 41n, 'i');
    expect(headers.keys()).not.toEqual(expect.arrayContaining([expect.stringMatching(/^trace/)]));
    expect(JSON.parse(body)).toMatchObject({ correlationid: '\0', data: { title: 'a\0\ud83d' } });
  });

  it('says where it stands in the log', () => {
    const { headers, body } = eventMessage(recorded('CardMoved', 'board-b1'), 40n, 'i');
    expect(headers.get('Agencyos-Position')).toBe('42');
    expect(headers.get('Agencyos-Previous')).toBe('40');
    expect(headers.get('Nats-Msg-Id')).toBe('5f0c3a52-6f0e-5d1b-9d35-7a3e2f6b1c84');
    expect(headers.has('traceparent')).toBe(false);
    expect(JSON.parse(body)).toMatchObject({
      type: 'agencyos.kanban.CardMoved',
      position: '42',
      streamrevision: 3,
    });
  });
});

describe('the roles that need a queue', () => {
  it('come from registrations, workflows, schedules and handoffs', () => {
    const roles = (type: string, data: Record<string, unknown>) => rolesIn(recorded(type, 'run-r1', data));
    expect(roles('AgentRegistered', { roles: ['build', 'test'] })).toEqual(['build', 'test']);
    expect(roles('WorkflowPublished', { roles: ['build'] })).toEqual(['build']);
    expect(roles('TaskScheduled', { role: 'notes' })).toEqual(['notes']);
    expect(roles('TaskHandedOff', { fromRole: 'notes', toRole: 'reviewer' })).toEqual(['reviewer']);
    expect(roles('CardMoved', { role: 'x' })).toEqual([]);
    expect(roles('WorkflowPublished', { roles: 'broken' })).toEqual([]);
  });
});

describe('the version of the NATS server', () => {
  it.each([
    ['2.10.7', true],
    ['2.10.27', true],
    ['2.15.1', true],
    ['3.0.0-beta', true],
    ['2.10.6', false],
    ['2.9.10', false],
    ['unknown', false],
  ])('%s is new enough: %s', (version, expected) => expect(isNewEnough(version)).toBe(expected));
});
