import { describe, expect, it, beforeEach } from '@jest/globals';
import { agencyos, commandLine, here } from './command-line.js';

commandLine();

const userId = '0191f6a0-4c1e-7b2a-9d10-3f5a7c2b9e02';
const robin = { userId, name: 'robin', roles: ['approver'], groups: [], state: 'active', sessions: 1, tokens: [] };
const url = 'http://127.0.0.1/welcome#secret';
let waiting: object[];
beforeEach(() => {
  waiting = [];
  here.gateway.intercept = (request) => {
    const body = {
      'POST login/token': { name: 'admin', token: here.gateway.personToken, expiresAt: '2099-01-01T00:00:00.000Z' },
      'GET people': { people: [robin], groups: [{ groupId: 'ops', name: 'Operations' }] },
      [`GET users/${userId}/waiting`]: { approvals: waiting },
      'POST users': { userId, link: { url, expiresAt: '2099-01-01T00:00:00.000Z' } },
      'DELETE sessions': {},
      'POST password': {},
    }[request];
    return body && { status: 200, body };
  };
});

describe('agencyos user', () => {
  const asked = ['admin', 'password'];

  it('adds somebody and shows their link', async () => {
    here.answers = [...asked];
    expect(await agencyos('user', 'add', 'robin', '--role', 'operator')).toBe(0);
    expect(here.output).toContain(url);
  });

  it('says what waits before it disables, and asks', async () => {
    waiting = [{ approvalId: userId, title: 'Publish 1.3.0', expiresAt: '2099-01-01T00:00:00.000Z', alone: true }];
    here.answers = [...asked, 'no'];
    await expect(agencyos('user', 'disable', 'robin')).rejects.toThrow('Nothing was done');
    expect(here.said.join('\n')).toContain('Nobody else may decide: Publish 1.3.0.');
    expect(here.gateway.commands).toEqual([]);
    here.answers = [...asked, 'yes'];
    expect(await agencyos('user', 'disable', 'robin')).toBe(0);
    expect(here.gateway.commands).toMatchObject([{ type: 'DisableUser', data: { userId }, token: here.gateway.personToken }]);
    expect(here.output).toContain('Waits for others now: Publish 1.3.0.');
  });

  it('knows nobody of another name', async () => {
    here.answers = [...asked];
    await expect(agencyos('user', 'enable', 'rose')).rejects.toThrow('nobody called rose');
  });

  it('puts people into groups', async () => {
    here.answers = [...asked];
    expect(await agencyos('group', 'join', 'ops', 'robin')).toBe(0);
    expect(here.gateway.commands).toMatchObject([
      { type: 'ChangeGroupMembers', data: { groupId: 'ops', add: [userId], remove: [] } },
    ]);
  });
});

describe('one’s own access', () => {
  it('ends the other sessions', async () => {
    here.answers = ['admin', 'password'];
    expect(await agencyos('session', 'end', '--others')).toBe(0);
    expect(here.gateway.requests).toContain('DELETE sessions');
    await expect(agencyos('session', 'end')).rejects.toThrow('session end SESSION');
  });

  it('sets no password that was typed in two ways', async () => {
    here.answers = ['admin', 'password', 'password', 'correct horse battery', 'correct horse'];
    await expect(agencyos('password')).rejects.toThrow('differ');
    expect(here.gateway.requests).not.toContain('POST password');
  });
});
