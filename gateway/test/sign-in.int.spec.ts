import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@agencyos/testing';
import { createHash } from 'node:crypto';
import { access, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cookieOf, startHarness, type Harness } from './harness.js';

const PASSWORD = 'correct horse battery';
let harness: Harness;
beforeAll(async () => void (harness = await startHarness()));
afterAll(() => harness?.stop());

const json = async (response: Response) => (await response.json()) as Record<string, never>;

describe('first start', () => {
  it('leaves secrets that only the owner of the folder can read', async () => {
    for (const name of ['cli-token', 'setup-url', 'agents/command-1.token', 'agents/command-2.token']) {
      expect((await stat(join(harness.dataDir, name))).mode & 0o777).toBe(0o600);
    }
  });

  it('gives the command line what reads and operates, and agents only their own', async () => {
    const me = await json(await harness.call('GET', '/api/v1/me', { token: harness.cliToken }));
    expect(me).toMatchObject({ user: { name: 'admin', roles: ['admin'] } });
    expect(me['permissions']).toEqual(expect.arrayContaining(['run:operate', 'workflow:publish', 'ops:admin']));
    expect(me['permissions']).not.toContain('identity:admin');
    const agentToken = (await readFile(join(harness.dataDir, 'agents/command-1.token'), 'utf8')).trim();
    const agent = await json(await harness.call('GET', '/api/v1/me', { token: agentToken }));
    expect(agent).toMatchObject({
      principal: 'agent:command-1',
      permissions: ['task:work', 'approval:request', 'board:read'],
    });
    expect(agent).not.toHaveProperty('user');
  });

  it('says which services are still missing', async () => {
    const response = await harness.call('GET', '/health/ready');
    expect(response.status).toBe(503);
    expect(await json(response)).toMatchObject({
      missing: expect.arrayContaining(['kanban', 'swarm', 'approvals', 'healer']) as never,
    });
  });
});

describe('the set-up link', () => {
  it('refuses a wrong secret and a weak password', async () => {
    const wrong = await harness.call('POST', '/api/v1/setup', {
      body: { token: 'guess', password: PASSWORD },
    });
    expect(wrong.status).toBe(403);
    const weak = await harness.call('POST', '/api/v1/setup', {
      body: { token: harness.setupSecret, password: 'short' },
    });
    expect(weak.status).toBe(422);
    expect(await json(weak)).toMatchObject({ field: 'password', limit: 10 });
  });

  it('of an earlier start says where the present one is, and there it is (fault 37)', async () => {
    const earlier = harness.setupSecret;
    await harness.restart();
    harness.setupSecret = await until(async () => {
      const secret = (await readFile(join(harness.dataDir, 'setup-url'), 'utf8')).trim().split('#')[1];
      return secret === earlier ? undefined : secret;
    });
    const body = { token: earlier, password: PASSWORD };
    const refused = await harness.call('POST', '/api/v1/setup', { body });
    expect(refused.status).toBe(403);
    expect(String((await json(refused))['detail'])).toContain('setup-url in the data folder');
  });

  it('sets the password once, signs in and is gone', async () => {
    const body = { token: harness.setupSecret, password: PASSWORD };
    const response = await harness.call('POST', '/api/v1/setup', { body });
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^agencyos_session=[^;]+; Max-Age=2592000; Path=\/; .*HttpOnly; SameSite=Strict$/,
    );
    const me = await json(await harness.call('GET', '/api/v1/me', { cookie: cookieOf(response) }));
    expect(me).toMatchObject({ user: { name: 'admin' } });
    await expect(access(join(harness.dataDir, 'setup-url'))).rejects.toThrow();
    const again = await harness.call('POST', '/api/v1/setup', { body });
    expect(again.status).toBe(409);
    expect(await json(again)).toMatchObject({
      code: 'setup_closed',
      detail: expect.stringMatching(/^The password is set already\. Log in with it; `agencyos reset-password`/) as never,
    });
    // Both pieces of advice are true (fault 37).
    const logIn = () => harness.call('POST', '/api/v1/login', { body: { name: 'admin', password: PASSWORD } });
    expect((await logIn()).status).toBe(200);
    const proof = createHash('sha256').update('proof').digest('hex');
    await writeFile(join(harness.dataDir, 'password-reset'), proof, { mode: 0o600 });
    const reset = { name: 'admin', secret: 'proof', password: PASSWORD };
    expect((await harness.call('POST', '/api/v1/password-reset', { body: reset })).status).toBe(204);
    expect((await logIn()).status).toBe(200);
  });

  it('does not come back at the next start, and tokens stay', async () => {
    await harness.restart();
    await until(async () => (await harness.call('GET', '/api/v1/me', { token: harness.ownerToken })).ok);
    await expect(access(join(harness.dataDir, 'setup-url'))).rejects.toThrow();
    expect((await readFile(join(harness.dataDir, 'cli-token'), 'utf8')).trim()).toBe(harness.cliToken);
  });
});

describe('a lost token file', () => {
  it('is written anew, and the old token is worth nothing', async () => {
    const path = join(harness.dataDir, 'agents/command-2.token');
    const lost = (await readFile(path, 'utf8')).trim();
    await rm(path);
    await harness.restart();
    const token = await until(() =>
      readFile(path, 'utf8').then(
        (text) => text.trim(),
        () => undefined,
      ),
    );
    const status = async (of: string) => (await harness.call('GET', '/api/v1/me', { token: of })).status;
    await until(async () => (await status(token)) === 200);
    await until(async () => (await status(lost)) === 401);
  });
});

describe('signing in', () => {
  const login = (name: string, password: string, headers: Record<string, string> = {}) =>
    harness.call('POST', '/api/v1/login', { body: { name, password }, headers });

  it('needs the right name and password', async () => {
    expect((await login('admin', 'wrong password')).status).toBe(401);
    expect((await login('nobody', PASSWORD)).status).toBe(401);
    expect((await login('admin', PASSWORD)).status).toBe(200);
  });

  it('always makes a new session, and the old one is worth nothing', async () => {
    const first = cookieOf(await login('admin', PASSWORD));
    const second = cookieOf(await login('admin', PASSWORD, { cookie: first }));
    expect(second).not.toBe(first);
    expect((await harness.call('GET', '/api/v1/me', { cookie: first })).status).toBe(401);
  });

  it('ends with signing out', async () => {
    const cookie = cookieOf(await login('admin', PASSWORD));
    expect((await harness.call('POST', '/api/v1/logout', { cookie, body: {} })).status).toBe(204);
    expect((await harness.call('GET', '/api/v1/me', { cookie })).status).toBe(401);
  });

  it('everywhere, other sessions too', async () => {
    const elsewhere = cookieOf(await login('admin', PASSWORD));
    const cookie = cookieOf(await login('admin', PASSWORD));
    expect((await harness.call('POST', '/api/v1/logout', { cookie, body: { everywhere: true } })).status).toBe(204);
    await until(async () => (await harness.call('GET', '/api/v1/me', { cookie: elsewhere })).status === 401);
  });

  it('is refused to foreign pages', async () => {
    expect((await login('admin', PASSWORD, { origin: 'http://evil.example' })).status).toBe(403);
    const cookie = cookieOf(await login('admin', PASSWORD, { origin: harness.url }));
    const foreign = await harness.call('POST', '/api/v1/logout', {
      cookie,
      body: {},
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    expect(foreign.status).toBe(403);
  });

  it('gets slower with every failure', async () => {
    const last = await until(
      () => login('somebody', 'wrong password'),
      ({ status }) => status !== 401,
    );
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await login('admin', PASSWORD)).status).toBe(200);
  });
});

describe('users and tokens', () => {
  const addViewer = async (name: string) => {
    const body = { name, password: PASSWORD, roles: ['viewer'] };
    const response = await harness.call('POST', '/api/v1/users', { token: harness.ownerToken, body });
    expect(response.status).toBe(201);
    const { userId } = await json(response);
    const cookie = await until(async () => {
      const login = await harness.call('POST', '/api/v1/login', { body: { name, password: PASSWORD } });
      return login.ok ? cookieOf(login) : undefined;
    });
    return { userId: String(userId), cookie };
  };

  it('let an administrator add people, by unique names', async () => {
    await addViewer('vera');
    const again = await harness.call('POST', '/api/v1/users', {
      token: harness.ownerToken,
      body: { name: 'vera', password: PASSWORD, roles: ['viewer'] },
    });
    expect(again.status).toBe(409);
  });

  it('are known by name to those who read decisions, and to nobody else (fault 33)', async () => {
    const { userId, cookie } = await addViewer('vincent');
    const names = await json(await harness.call('GET', '/api/v1/users', { cookie }));
    expect(names['users']).toContainEqual({ userId, name: 'vincent' });
    const agent = (await readFile(join(harness.dataDir, 'agents/command-1.token'), 'utf8')).trim();
    expect((await harness.call('GET', '/api/v1/users', { token: agent })).status).toBe(403);
  });

  it('keep everybody within their rights', async () => {
    const { userId, cookie } = await addViewer('victor');
    const raise = await harness.command('identity/SetUserRoles', { userId, roles: ['admin'] }, { cookie, token: '' });
    expect(raise.status).toBe(403);
    const beyond = await harness.call('POST', '/api/v1/tokens', {
      cookie,
      body: { label: 'mine', permissions: ['identity:admin'] },
    });
    expect(beyond.status).toBe(403);
    expect(await json(beyond)).toMatchObject({ code: 'exceeds_issuer' });
    const view = await harness.call('GET', '/api/v1/views/directory/all', { cookie });
    expect(view.status).toBe(403);
  });

  it('make tokens that can be revoked', async () => {
    const { cookie } = await addViewer('valerie');
    const issued = await harness.call('POST', '/api/v1/tokens', {
      cookie,
      body: { label: 'script', permissions: ['board:read'] },
    });
    expect(issued.status).toBe(201);
    const { tokenId, token } = await json(issued);
    const me = await until(async () => {
      const response = await harness.call('GET', '/api/v1/me', { token });
      return response.ok ? json(response) : undefined;
    });
    expect(me).toMatchObject({ user: { name: 'valerie' }, permissions: ['board:read'] });
    expect((await harness.call('DELETE', `/api/v1/tokens/${String(tokenId)}`, { cookie })).status).toBe(204);
    await until(async () => (await harness.call('GET', '/api/v1/me', { token })).status === 401);
  });
});
