import type { EventStore } from '@agencyos/runtime';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AgentRoles } from './agent-roles.js';

let log: { type: string; data: object }[];
let read: string[];
let roles: AgentRoles;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  [log, read] = [[], []];
  const store = {
    async *read(stream: string) {
      read.push(stream);
      for (const [revision, event] of log.entries())
        yield { ...event, revision, metadata: { recordedAt: '2026-11-22T10:00:00.000Z', actor: 'user:one' } };
    },
  };
  roles = new AgentRoles(store as unknown as EventStore);
});
afterEach(() => {
  jest.useRealTimers();
});

const admitted = (...of: string[]) => ({ type: 'AgentAdmitted', data: { agentId: 'a', roles: of } });
const registered = (...of: string[]) => ({ type: 'AgentRegistered', data: { agentId: 'a', roles: of } });

describe('the roles of an agent', () => {
  it('are those that it does and is admitted to', async () => {
    log = [admitted('check', 'notes'), registered('check', 'publisher')];
    expect(await roles.rolesOf('a', 'check')).toEqual(['check']);
    expect(read).toEqual(['agent-a']);
  });

  it('are none before it has registered, or been admitted', async () => {
    expect(await roles.rolesOf('a', 'check')).toEqual([]);
    log = [admitted('check')];
    expect(await roles.rolesOf('a', 'check')).toEqual([]);
    log = [registered('check')];
    expect(await roles.rolesOf('a', 'check')).toEqual([]);
  });

  it('are read once in five seconds, of each agent', async () => {
    log = [admitted('check'), registered('check')];
    for (let n = 0; n < 3; n++) await roles.rolesOf('a', 'check');
    await roles.rolesOf('b', 'check');
    jest.advanceTimersByTime(4_999);
    await roles.rolesOf('a', 'check');
    expect(read).toEqual(['agent-a', 'agent-b']);
    jest.advanceTimersByTime(1);
    log.push(admitted());
    expect(await roles.rolesOf('a', 'check')).toEqual([]);
  });

  it('are read again where the one in question is not among them: it may have come just now', async () => {
    log = [admitted('check', 'notes'), registered('check')];
    await roles.rolesOf('a', 'check');
    log.push(registered('check', 'notes'));
    expect(await roles.rolesOf('a', 'notes')).toEqual(['check', 'notes']);
  });
});
