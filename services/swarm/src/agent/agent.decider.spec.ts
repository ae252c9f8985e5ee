import type { AgentCommand, AgentEvent } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/testing/decider';
import { describe, expect, it } from '@jest/globals';
import { agentDecider } from './agent.decider.js';
import { readBuiltInAgents } from './built-in-agents.js';

const given = deciderSpec(agentDecider);
const agentId = 'worker';
const owner = 'user:01900000-0000-7000-8000-0000000000aa';
const itself = { actor: 'agent:worker', sender: 'agent_worker', permissions: ['task:work'] };
const admin = { actor: owner, permissions: ['ops:admin'] };
const swarm = { actor: 'service:swarm', sender: 'swarm' };

const admit = (...roles: string[]): AgentCommand => ({ type: 'AdmitAgent', data: { agentId, roles } });
const admitted = (roles: string[], by?: string): AgentEvent => ({
  type: 'AgentAdmitted',
  data: { agentId, roles, ...(by && { owner: by }) },
});
const said = { agentId, kind: 'command' as const, build: '1', maxConcurrent: 1 };
const register = (...roles: string[]): AgentCommand => ({ type: 'RegisterAgent', data: { ...said, roles } });
const registered = (roles: string[], by?: string): AgentEvent => ({
  type: 'AgentRegistered',
  data: { ...said, roles, ...(by && { owner: by }) },
});

describe('an agent (fault 8)', () => {
  it('is admitted to roles by whoever answers for it from then on', () => {
    given()
      .when(admit('notes', 'check', 'check'), admin)
      .then(admitted(['check', 'notes'], owner));
    given()
      .when(admit('check'), swarm)
      .then(admitted(['check']));
    given(admitted(['check'], owner))
      .when(admit('check'), admin)
      .then();
    given(admitted(['check'], owner))
      .when(admit('notes'), admin)
      .then(admitted(['notes'], owner));
  });

  it('is let go with no roles, and registers for none then (fault 7)', () => {
    given(admitted(['check'], owner), registered(['check'], owner))
      .when(admit(), admin)
      .then(admitted([], owner));
    given(admitted([], owner), registered(['check'], owner))
      .when(register('check'), itself)
      .thenRejected('role_not_granted');
    given().when(admit(), admin).thenRejected('not_found', { field: 'agentId' });
  });

  it('registers for what it was admitted to, with the owner that it has', () => {
    given(admitted(['check', 'notes'], owner))
      .when(register('check'), itself)
      .then(registered(['check'], owner));
    given(admitted(['check']))
      .when(register('check'), itself)
      .then(registered(['check']));
    given(admitted(['check']), registered(['check']))
      .when(register('check'), itself)
      .then();
  });

  it('gives itself neither roles nor an owner', () => {
    const refused = { field: 'roles' };
    given().when(register('check'), itself).thenRejected('role_not_granted', refused);
    given(admitted(['check']))
      .when(register('check', 'publisher'), itself)
      .thenRejected('role_not_granted', refused);
    given(registered(['publisher']))
      .when(register('publisher'), itself)
      .thenRejected('role_not_granted', refused);
    const claim: AgentCommand = { type: 'RegisterAgent', data: { ...said, roles: ['check'], owner } };
    given(admitted(['check']))
      .when(claim, itself)
      .thenRejected('forbidden', { field: 'owner' });
    given(admitted(['check']))
      .when(register('check'), { actor: 'agent:other' })
      .thenRejected('forbidden');
  });
});

describe('the built-in agents', () => {
  it('are named with their roles', () => {
    expect(readBuiltInAgents('one=check,notes two=check')).toEqual([
      { agentId: 'one', roles: ['check', 'notes'] },
      { agentId: 'two', roles: ['check'] },
    ]);
    expect(readBuiltInAgents()).toEqual([]);
    expect(() => readBuiltInAgents('one')).toThrow('AGENCYOS_AGENTS');
  });
});
