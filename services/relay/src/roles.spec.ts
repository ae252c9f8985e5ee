import type { RecordedEvent } from '@agencyos/runtime';
import { expect, it } from '@jest/globals';
import { rolesIn } from './roles.js';

const rolesOf = (type: string, data: object) => rolesIn({ type, data } as RecordedEvent);

it.each([
  ['AgentAdmitted', { roles: ['check', 'notes'] }, ['check', 'notes']],
  ['AgentRegistered', { roles: ['check'] }, ['check']],
  ['WorkflowPublished', { roles: ['notes'] }, ['notes']],
  ['TaskScheduled', { role: 'check' }, ['check']],
  ['TaskHandedOff', { fromRole: 'check', toRole: 'reviewer' }, ['reviewer']],
  ['TaskLeased', { role: 'check', roles: ['check'] }, []],
])('needs the queues of these roles after %s', (type, data, roles) => expect(rolesOf(type, data)).toEqual(roles));

it('passes over what an event of another version says of roles', () => {
  expect(rolesOf('AgentAdmitted', { roles: ['check', 5, null] })).toEqual(['check']);
  expect(rolesOf('AgentAdmitted', { roles: 'check' })).toEqual([]);
  expect(rolesOf('TaskScheduled', {})).toEqual([]);
});
