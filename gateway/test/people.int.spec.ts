import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { subjects, type NewUser, type PeopleList, type SessionList, type TokenList } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { DataSource } from 'typeorm';
import { cookieOf, startHarness, type CallOptions, type Harness } from './harness.js';
import { LiveClient } from './live-client.js';

const PASSWORD = 'correct horse battery';
let harness: Harness;
/** The owner in person: their tokens decide nothing, and so make nobody who does. */
let owner: string;
let folder: string;
let supervisor: Server;
/** What the supervisor in place of the real one has given out. */
let agents: { name: string; owner?: string }[] = [];
const removed: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-people-'));
  supervisor = createServer((request, response) => {
    if (request.method === 'DELETE') {
      removed.push(String(request.url));
      agents = agents.filter(({ name }) => !request.url!.endsWith(`/${name}`));
    }
    response.end(JSON.stringify({ agents, subscribers: [] }));
  });
  await new Promise<void>((resolve) => supervisor.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(supervisor.address() as AddressInfo).port}`;
  const file = join(folder, 'supervisor.json');
  await writeFile(file, JSON.stringify({ url, token: 'secret' }));
  harness = await startHarness({ AGENCYOS_SUPERVISOR_FILE: file });
  const body = { token: harness.setupSecret, password: PASSWORD };
  owner = cookieOf(await harness.call('POST', '/api/v1/setup', { body }));
});
afterAll(async () => {
  await harness?.stop();
  await new Promise((resolve) => supervisor.close(resolve));
  await rm(folder, { recursive: true });
});

const asOwner = (method: string, path: string, options: CallOptions = {}) =>
  harness.call(method, `/api/v1/${path}`, { cookie: owner, ...options });
const asOwnerCommand = (path: string, data: object) => harness.command(path, data, { token: '', cookie: owner });
const json = async <T>(response: Response) => (await response.json()) as T;
const people = async () => json<PeopleList>(await asOwner('GET', 'people'));
const person = async (name: string) => (await people()).people.find((one) => one.name === name);
const logIn = (name: string, password = PASSWORD) => harness.call('POST', '/api/v1/login', { body: { name, password } });
const status = async (options: CallOptions) => (await harness.call('GET', '/api/v1/me', options)).status;
const database = () => harness.service.app.get(DataSource);

/** Somebody with a password, as they sign in. */
async function add(name: string, roles: string[]): Promise<{ userId: string; cookie: string }> {
  const body = { name, password: PASSWORD, roles };
  const { userId } = await json<NewUser>(await asOwner('POST', 'users', { body }));
  return { userId, cookie: await until(async () => cookieOf(await logIn(name)) || undefined) };
}

it('of one name, or of one id, there is one, however many are added at once', async () => {
  const added = (bodies: object[]) => Promise.all(bodies.map((body) => asOwner('POST', 'users', { body })));
  const twin = { name: 'twin', roles: ['viewer'] };
  const statuses = (await added([twin, twin, twin, twin])).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([201, 409, 409, 409]);
  const { userId } = await until(() => person('twin'));
  const [again] = await added([{ ...twin, name: 'twin-2', userId }]);
  expect(await json(again!)).toMatchObject({ status: 409, code: 'already_exists', field: 'userId' });
});

describe('a one-time link', () => {
  const invite = async (name: string) => json<NewUser>(await asOwner('POST', 'users', { body: { name, roles: ['viewer'] } }));
  const secretOf = ({ url }: { url: string }) => url.split('#')[1]!;
  const welcome = (token: string) => harness.call('POST', '/api/v1/welcome', { body: { token, password: PASSWORD } });

  it('lets somebody in once, who sets the password themselves', async () => {
    const { userId, link } = await invite('ines');
    expect(link!.url).toMatch(new RegExp(`^${harness.url}/welcome#`));
    expect((await logIn('ines', '')).status).toBe(422);
    expect(await until(() => person('ines'))).toMatchObject({ userId, state: 'invited', linkUntil: link!.expiresAt });
    const response = await welcome(secretOf(link!));
    expect(response.status).toBe(200);
    expect(await status({ cookie: cookieOf(response) })).toBe(200);
    expect((await welcome(secretOf(link!))).status).toBe(403);
    expect((await logIn('ines')).status).toBe(200);
    expect(await person('ines')).toMatchObject({ state: 'active' });
    // Whoever has a password is let in by nobody else's link.
    expect((await asOwner('POST', `users/${userId}/link`, { body: {} })).status).toBe(404);
  });

  it('ends with the next one, and in time', async () => {
    const { userId, link } = await invite('iris');
    await until(() => person('iris'));
    const second = await json<{ url: string }>(await asOwner('POST', `users/${userId}/link`, { body: {} }));
    expect((await welcome(secretOf(link!))).status).toBe(403);
    await database().query("UPDATE invitation SET expires_at = clock_timestamp() - interval '1 second'");
    expect((await welcome(secretOf(second))).status).toBe(403);
    expect(await person('iris')).not.toHaveProperty('linkUntil');
  });

  it('is not made for somebody who is disabled', async () => {
    const { userId } = await invite('import-lead');
    await until(() => person('import-lead'));
    expect((await asOwnerCommand('identity/DisableUser', { userId })).status).toBe(200);
    await until(async () => (await person('import-lead'))?.state === 'disabled');
    expect(await json(await asOwner('POST', `users/${userId}/link`, { body: {} }))).toMatchObject({
      status: 409,
      code: 'closed',
    });
  });

  it('is made, and seen, by those who administer alone', async () => {
    const { cookie } = await add('ida', ['operator']);
    for (const [method, path] of [
      ['GET', 'people'],
      ['POST', 'users'],
      ['POST', `users/${(await person('ida'))!.userId}/link`],
      ['GET', `users/${(await person('ida'))!.userId}/waiting`],
    ])
      expect((await asOwner(method!, path!, { cookie, ...(method === 'POST' && { body: {} }) })).status).toBe(403);
  });
});

describe('whoever is disabled', () => {
  it('is out on every gateway: sessions, tokens, open connections, and the agents they answer for', async () => {
    const other = await harness.another();
    const { userId, cookie } = await add('dora', ['operator']);
    agents = [
      { name: 'translator', owner: `user:${userId}` },
      { name: 'writer', owner: 'user:0191f6a0-4c1e-7b2a-9d10-3f5a7c2b9e01' },
      { name: 'built-in' },
    ];
    const made = await asOwner('POST', 'tokens', { cookie, body: { label: 'script', permissions: ['run:read'] } });
    const { token } = await json<{ token: string }>(made);
    await until(async () => (await status({ token })) === 200);
    const there = { ...harness, url: other.url };
    const sockets = [
      await LiveClient.welcomed(harness, { cookie }),
      await LiveClient.welcomed(harness, { token }),
      await LiveClient.welcomed(there, { token }),
    ];
    expect((await asOwnerCommand('identity/DisableUser', { userId, reason: 'Left' })).status).toBe(200);
    await until(async () => (await status({ cookie })) === 401 && (await status({ token })) === 401);
    await until(
      async () => (await fetch(`${other.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status === 401,
    );
    for (const socket of sockets) expect(await socket.closing()).toMatchObject({ code: 1008 });
    await until(() => removed.includes('/agents/translator'));
    expect(new Set(removed)).toEqual(new Set(['/agents/translator']));
    expect((await logIn('dora')).status).toBe(401);
    expect(await person('dora')).toMatchObject({ state: 'disabled', sessions: 0, tokens: [] });

    expect((await asOwnerCommand('identity/EnableUser', { userId })).status).toBe(200);
    await until(async () => (await logIn('dora')).status === 200);
    // What they had is not given back.
    expect([await status({ token }), await status({ cookie })]).toEqual([401, 401]);
    await other.stop();
  });

  it('cannot come in by a link either', async () => {
    const { userId, link } = await json<NewUser>(await asOwner('POST', 'users', { body: { name: 'dina', roles: ['viewer'] } }));
    await asOwnerCommand('identity/DisableUser', { userId });
    await until(async () => (await person('dina'))?.state === 'disabled');
    const welcome = { token: link!.url.split('#')[1]!, password: PASSWORD };
    await until(async () => (await harness.call('POST', '/api/v1/welcome', { body: welcome })).status === 403);
  });

  it('is told with what waits for their vote', async () => {
    const { userId } = await add('dana', ['approver']);
    const approvals = await harness.connectAs('approvals');
    const waiting = '0191f6a0-4c1e-7b2a-9d10-3f5a7c2b9e11';
    const others = '0191f6a0-4c1e-7b2a-9d10-3f5a7c2b9e12';
    const row = (approvalId: string) => ({ approvalId, title: 'Publish', state: 'open', expiresAt: '2026-11-02T09:30:12.417Z' });
    const asked = (of: string[]) => ({ stages: [{ of, need: 1 }], requester: 'service:swarm', excluded: [], votes: [] });
    const rows: Record<string, object> = {
      all: { [`approval/${waiting}`]: row(waiting), [`approval/${others}`]: row(others) },
      [waiting]: { approval: asked([`user:${userId}`]) },
      [others]: { approval: asked(['role:admin']) },
    };
    for (const kind of ['inbox', 'approval'])
      approvals.subscribe(subjects.query('approvals', kind, '*'), {
        callback: (_error, message) => {
          const { id } = message.json<{ id: string }>();
          message.respond(JSON.stringify({ kind, id, epoch: 'e', revision: 1, rows: rows[id] ?? {} }));
        },
      });
    await approvals.flush();
    await until(() => person('dana'));
    expect(await json(await asOwner('GET', `users/${userId}/waiting`))).toEqual({
      approvals: [{ approvalId: waiting, title: 'Publish', expiresAt: '2026-11-02T09:30:12.417Z', alone: true }],
    });
  });
});

describe('one’s own account', () => {
  const change = (cookie: string, body: object) => harness.call('POST', '/api/v1/password', { cookie, body });
  const sessions = async (cookie: string) => json<SessionList>(await harness.call('GET', '/api/v1/sessions', { cookie }));

  it('has a password that only who knows it changes; other sessions end if that is wanted', async () => {
    const { cookie } = await add('pia', ['viewer']);
    const elsewhere = cookieOf(await logIn('pia'));
    const wanted = { present: PASSWORD, password: 'another horse battery', endOthers: false };
    expect((await change(cookie, { ...wanted, present: 'wrong password' })).status).toBe(401);
    expect((await change(cookie, wanted)).status).toBe(204);
    expect((await logIn('pia')).status).toBe(401);
    const later = { present: wanted.password, password: PASSWORD, endOthers: true };
    expect(await status({ cookie: elsewhere })).toBe(200);
    expect((await change(cookie, later)).status).toBe(204);
    expect([await status({ cookie }), await status({ cookie: elsewhere })]).toEqual([200, 401]);
    // The reaction to the change leaves what it was to leave.
    await until(async () => (await logIn('pia')).status === 200);
    expect(await status({ cookie })).toBe(200);
  });

  it('shows its sessions, and ends one, or all others', async () => {
    const { cookie } = await add('sara', ['viewer']);
    const [second, third] = [cookieOf(await logIn('sara')), cookieOf(await logIn('sara'))];
    const listed = (await sessions(cookie)).sessions;
    expect(listed.map(({ current }) => current).toSorted()).toEqual([false, false, true]);
    expect(listed[0]).toMatchObject({ commandLine: false, address: expect.stringContaining('127.0.0.1') as never });
    const other = (await sessions(second)).sessions.find(({ current }) => current)!;
    expect((await harness.call('DELETE', `/api/v1/sessions/${other.sessionId}`, { cookie })).status).toBe(204);
    expect([await status({ cookie: second }), await status({ cookie: third })]).toEqual([401, 200]);
    expect((await harness.call('DELETE', '/api/v1/sessions', { cookie })).status).toBe(204);
    expect([await status({ cookie }), await status({ cookie: third })]).toEqual([200, 401]);
    const strangers = (await sessions(cookieOf(await logIn('pia')))).sessions[0]!;
    expect((await harness.call('DELETE', `/api/v1/sessions/${strangers.sessionId}`, { cookie })).status).toBe(404);
    const token = harness.ownerToken;
    expect((await harness.call('DELETE', '/api/v1/sessions', { token })).status).toBe(403);
  });

  it('shows its tokens, with their use', async () => {
    const { cookie } = await add('tina', ['viewer']);
    const body = { label: 'script', permissions: ['run:read'] };
    const { tokenId, token } = await json<{ tokenId: string; token: string }>(
      await harness.call('POST', '/api/v1/tokens', { cookie, body }),
    );
    const tokens = async () => (await json<TokenList>(await harness.call('GET', '/api/v1/tokens', { cookie }))).tokens;
    const [unused] = await until(async () => ((await tokens()).length > 0 ? tokens() : undefined));
    expect(unused).toMatchObject({ tokenId, ...body, createdAt: expect.any(String) as never });
    expect(unused).not.toHaveProperty('lastUsedAt');
    expect(await status({ token })).toBe(200);
    expect((await tokens())[0]).toHaveProperty('lastUsedAt');
    expect((await person('tina'))!.tokens).toHaveLength(1);
    expect((await harness.call('DELETE', `/api/v1/tokens/${tokenId}`, { cookie })).status).toBe(204);
    await until(async () => (await tokens()).length === 0);
  });
});

it('groups have members, and go', async () => {
  const { userId } = await add('greta', ['viewer']);
  await asOwnerCommand('identity/AddGroup', { groupId: 'ops', name: 'Operations' });
  await asOwnerCommand('identity/ChangeGroupMembers', { groupId: 'ops', add: [userId], remove: [] });
  await until(async () => (await person('greta'))!.groups.includes('ops'));
  expect((await people()).groups).toEqual([{ groupId: 'ops', name: 'Operations' }]);
  await asOwnerCommand('identity/RemoveGroup', { groupId: 'ops' });
  await until(async () => (await person('greta'))!.groups.length === 0);
});

// The last: it may take the owner's tokens.
describe('the last who administers', () => {
  it('stays, also when two disable each other at once', async () => {
    const { userId: second, cookie } = await add('lena', ['admin']);
    const first = (await person('admin'))!.userId;
    const answers = await Promise.all(
      [
        [second, owner],
        [first, cookie],
      ].map(([userId, by]) => harness.command('identity/DisableUser', { userId }, { token: '', cookie: by! })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const [left, by] = answers[0]!.status === 200 ? [first, owner] : [second, cookie];
    const roles = await harness.command('identity/SetUserRoles', { userId: left, roles: ['viewer'] }, { token: '', cookie: by });
    expect([roles.status, await json(roles)]).toMatchObject([409, { code: 'last_admin' }]);
    if (left === first) return;
    await harness.command('identity/EnableUser', { userId: first }, { token: '', cookie });
    owner = await until(async () => cookieOf(await logIn('admin')) || undefined);
  });
});
