import type { Fact } from '@agencyos/contracts';
import { MemoryRows } from '@agencyos/runtime/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { directoryProjection, knownUsers, ownerOf } from './directory.view.js';

let rows: MemoryRows;
beforeEach(() => void (rows = new MemoryRows()));
const told = (type: string, data: object) => directoryProjection.project({ type, data } as unknown as Fact, rows);

describe('the directory', () => {
  it('has the users with the roles that they have now', async () => {
    await told('UserAdded', { userId: 'a', name: 'A', roles: ['approver'] });
    await told('UserAdded', { userId: 'b', name: 'B', roles: [] });
    await told('UserRolesSet', { userId: 'b', roles: ['operator', 'approver'] });
    await told('CredentialChanged', { userId: 'b' });
    expect(await knownUsers(rows)).toEqual([
      { userId: 'a', roles: ['approver'] },
      { userId: 'b', roles: ['operator', 'approver'] },
    ]);
  });

  it('has nobody who is disabled, until they are enabled again', async () => {
    await told('UserAdded', { userId: 'a', roles: ['approver'] });
    await told('UserDisabled', { userId: 'a' });
    await told('UserRolesSet', { userId: 'a', roles: ['admin'] });
    expect(await knownUsers(rows)).toEqual([]);
    await told('UserEnabled', { userId: 'a' });
    expect(await knownUsers(rows)).toEqual([{ userId: 'a', roles: ['admin'] }]);
  });

  it('has the owner of each agent, as it was last said', async () => {
    await told('AgentAdmitted', { agentId: 'writer', roles: [], owner: 'user:a' });
    expect(await ownerOf(rows, 'agent:writer')).toBe('user:a');
    await told('AgentRegistered', { agentId: 'writer', roles: [], owner: 'user:b' });
    expect(await ownerOf(rows, 'agent:writer')).toBe('user:b');
    await told('AgentAdmitted', { agentId: 'writer', roles: [] });
    expect(await ownerOf(rows, 'agent:writer')).toBeUndefined();
    expect(await knownUsers(rows)).toEqual([]);
  });

  it('has no owner of anybody else', async () => {
    await told('AgentAdmitted', { agentId: 'writer', roles: [], owner: 'user:a' });
    for (const who of ['agent:other', 'user:writer', 'service:writer']) expect(await ownerOf(rows, who)).toBeUndefined();
  });
});
