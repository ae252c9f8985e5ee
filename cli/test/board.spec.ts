import { beforeEach, describe, expect, it } from '@jest/globals';
import { agencyos, commandLine, here } from './command-line.js';

commandLine();

const boardId = '0191f6a0-4c1e-7b2a-9d10-3f5a7c2b9e09';
const userId = '0191f6a0-4c1e-7b2a-9d10-3f5a7c2b9e02';
beforeEach(() => {
  const members = { [`user:${userId}`]: 'admin' };
  const row = { boardId, key: 'REL', name: 'Release', purpose: 'work', columns: [], visibility: 'members', members };
  here.gateway.put('boards/all', { [`board/${boardId}`]: row });
  here.gateway.intercept = (request) =>
    request === 'GET users' ? { status: 200, body: { users: [{ userId, name: 'robin' }] } } : undefined;
});

describe('agencyos board', () => {
  it('shows who sees it', async () => {
    expect(await agencyos('board', 'members', 'rel')).toBe(0);
    expect(here.output).toMatch(/Only its members see it\.\nMEMBER +MAY\nrobin +admin/);
  });

  it('lets people, groups and roles in, by what they are called, and out again', async () => {
    expect(await agencyos('board', 'member', 'REL', 'robin', 'edit')).toBe(0);
    expect(await agencyos('board', 'member', 'REL', 'group:release', 'none')).toBe(0);
    expect(here.gateway.commands).toMatchObject([
      { type: 'SetBoardMember', data: { boardId, principal: `user:${userId}`, access: 'edit' } },
      { type: 'SetBoardMember', data: { boardId, principal: 'group:release', access: 'none' } },
    ]);
    await expect(agencyos('board', 'member', 'REL', 'rose', 'view')).rejects.toThrow('nobody called rose');
  });

  it('closes and opens it', async () => {
    expect(await agencyos('board', 'visibility', 'REL', 'all')).toBe(0);
    expect(here.gateway.commands).toMatchObject([{ type: 'ChangeBoard', data: { boardId, visibility: 'all' } }]);
    await expect(agencyos('board', 'visibility', 'REL', 'some')).rejects.toThrow('`all` or `members`');
  });
});
