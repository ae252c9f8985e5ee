import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLI_PERMISSIONS, ids, MintedId, newId, permissionsOf, subjects } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import type { NatsConnection } from '@nats-io/transport-node';
import { DeviceLogins } from '../src/identity/device-logins.js';
import { Tokens } from '../src/identity/tokens.js';
import { cookieOf, startHarness, type Harness } from './harness.js';

const PASSWORD = 'correct horse battery';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const demoSecret = randomBytes(32).toString('base64url');
const DAY_MS = 86_400_000;

let harness: Harness;
let cookie: string;
let votes: { id: string; data: Record<string, unknown>; metadata: Record<string, unknown> }[];
beforeAll(async () => {
  harness = await startHarness({
    AGENCYOS_DEMO_VOTE: createHash('sha256').update(demoSecret).digest('hex'),
  });
  cookie = cookieOf(await harness.call('POST', '/api/v1/setup', { body: { token: harness.setupSecret, password: PASSWORD } }));
  votes = answerAsApprovals(await harness.connectAs('approvals'));
});
afterAll(() => harness?.stop());

const body = async (response: Response) => (await response.json()) as Record<string, unknown>;
const owner = () => `user:${ids.seed(harness.service.runtime.config.installationId, 'owner')}`;
const vote = (credentials: { token?: string; cookie?: string }) =>
  harness.command(
    'approvals/VoteOnApproval',
    { approvalId: newId(), vote: 'approve', actionDigest: DIGEST, stepUp: 'none' },
    { token: '', ...credentials },
  );
const logIn = async () =>
  String(
    (await body(await harness.call('POST', '/api/v1/login/token', { body: { name: 'admin', password: PASSWORD } })))['token'],
  );
const newToken = (credentials: { token?: string; cookie?: string }, permissions: string[], ms?: number) =>
  harness.call('POST', '/api/v1/tokens', {
    ...credentials,
    body: {
      label: 'script',
      permissions,
      ...(ms !== undefined && { expiresAt: new Date(Date.now() + ms).toISOString() }),
    },
  });

describe('the token file of the command line (fault 6)', () => {
  it('reads and operates, and decides nothing', async () => {
    expect(CLI_PERMISSIONS).toEqual(expect.arrayContaining(['run:operate', 'approval:read', 'ops:admin']));
    for (const name of ['approval:vote', 'approval:admin', 'identity:admin']) expect(CLI_PERMISSIONS).not.toContain(name);
    expect((await vote({ token: harness.cliToken })).status).toBe(403);
    expect((await vote({ cookie })).status).toBe(200);
  });

  it('makes neither a token nor a person that decides', async () => {
    const { cliToken: token } = harness;
    expect((await newToken({ token }, ['approval:vote'], DAY_MS)).status).toBe(403);
    expect((await newToken({ token }, ['identity:admin'], DAY_MS)).status).toBe(403);
    const person = { name: 'second', password: PASSWORD, roles: ['approver'] };
    expect((await harness.call('POST', '/api/v1/users', { token, body: person })).status).toBe(403);
  });

  it('is replaced when an earlier version gave it more, and that one decides no more', async () => {
    const path = join(harness.dataDir, 'cli-token');
    const tokens = harness.service.app.get(Tokens);
    const metadata = { actor: 'system:setup', permissions: ['identity:admin'] };
    const issued = { principal: owner(), permissions: permissionsOf(['admin']), label: 'file:cli-token' };
    const { token } = await tokens.issue(issued, metadata);
    await until(async () => (await harness.call('GET', '/api/v1/me', { token })).ok);
    expect((await vote({ token })).status).toBe(403);
    await writeFile(path, token);
    await harness.restart();
    const next = await until(async () => {
      const text = (await readFile(path, 'utf8')).trim();
      return text === token ? undefined : text;
    });
    await until(async () => (await harness.call('GET', '/api/v1/me', { token })).status === 401);
    await until(async () => (await harness.call('GET', '/api/v1/me', { token: next })).ok);
    expect((await vote({ token: next })).status).toBe(403);
    harness.cliToken = next;
  });
});

describe('nobody gives what they have not', () => {
  it('an administrator who may not vote makes nobody who may', async () => {
    const issued = await newToken({ cookie }, ['identity:admin'], DAY_MS);
    expect(issued.status).toBe(201);
    const token = String((await body(issued))['token']);
    const add = (roles: string[]) =>
      until(async () => {
        const response = await harness.call('POST', '/api/v1/users', {
          token,
          body: { name: `new-${newId().slice(-8)}`, password: PASSWORD, roles },
        });
        return response.status === 401 ? undefined : response;
      });
    const refused = await add(['approver']);
    expect(refused.status).toBe(403);
    expect(await body(refused)).toMatchObject({ code: 'exceeds_issuer', field: 'roles' });
  });
});

describe('a vote from the command line (fault 6)', () => {
  it('is cast with a sign-in of at most 15 minutes, as the person', async () => {
    const answer = await harness.call('POST', '/api/v1/login/token', {
      body: { name: 'admin', password: PASSWORD },
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { token, expiresAt } = await body(answer);
    const left = Date.parse(String(expiresAt)) - Date.parse(answer.headers.get('date')!);
    expect(left).toBeLessThanOrEqual(15 * 60_000 + 1_000);
    expect((await vote({ token: String(token) })).status).toBe(200);
    expect(votes.at(-1)!.metadata).toMatchObject({ actor: owner(), roles: ['admin'] });
  });

  it('is over with signing out', async () => {
    const token = await logIn();
    expect((await harness.call('POST', '/api/v1/logout', { token, body: {} })).status).toBe(204);
    expect((await vote({ token })).status).toBe(401);
  });

  it('needs the password', async () => {
    const wrong = { name: 'admin', password: 'another password' };
    expect((await harness.call('POST', '/api/v1/login/token', { body: wrong })).status).toBe(401);
  });

  it('is no cookie, and makes no token that votes', async () => {
    const token = await logIn();
    const asCookie = { cookie: `agencyos_session=${token}` };
    expect((await harness.call('GET', '/api/v1/me', asCookie)).status).toBe(401);
    expect((await newToken({ token }, ['approval:vote'], DAY_MS)).status).toBe(403);
    expect((await newToken({ token }, ['board:read'])).status).toBe(403); // it would outlive it
    expect((await harness.call('GET', '/api/v1/me', { token: cookie.split('=')[1]! })).status).toBe(401);
  });
});

describe("a script's own token (fault 6)", () => {
  it('votes while it lasts, and has to end', async () => {
    for (const ms of [undefined, 91 * DAY_MS, -1_000]) {
      const refused = await newToken({ cookie }, ['approval:vote'], ms);
      expect({ status: refused.status, ...(await body(refused)) }).toMatchObject({
        ...{ status: 422, field: 'expiresAt' },
      });
    }
    expect((await newToken({ cookie }, ['board:read'], -1_000)).status).toBe(422); // over before it begins
    const issued = await newToken({ cookie }, ['approval:vote'], DAY_MS);
    expect(issued.status).toBe(201);
    const token = String((await body(issued))['token']);
    const voted = await until(async () => {
      const response = await vote({ token });
      return response.status === 401 ? undefined : response;
    });
    expect(voted.status).toBe(200);
  });
});

describe('a code confirmed in the dashboard (fault 6)', () => {
  const ask = async () => (await body(await harness.call('POST', '/api/v1/device', { body: {} }))) as Record<string, string>;
  const take = (secret: string | undefined) => harness.call('POST', '/api/v1/device/token', { body: { secret } });
  const answer = (code: string | undefined, confirm: boolean, credentials: object = { cookie }) =>
    harness.call('POST', '/api/v1/device/answer', { body: { code, confirm }, ...credentials });

  it('gives its asker the rights of who confirmed it, once', async () => {
    const { code, secret } = await ask();
    const early = await take(secret);
    expect({ status: early.status, ...(await body(early)) }).toMatchObject({ status: 409, code: 'pending' });
    expect(await body(await harness.call('GET', `/api/v1/device/${code}`, { cookie }))).toMatchObject({
      ...{ code, from: '127.0.0.1' },
    });
    expect((await answer(code, true)).status).toBe(204);
    const { token, name } = await body(await take(secret));
    expect(name).toBe('admin');
    expect((await vote({ token: String(token) })).status).toBe(200);
    expect((await take(secret)).status).toBe(404);
    expect((await answer(code, true)).status).toBe(404);
  });

  it('is confirmed by nobody but a person in the dashboard', async () => {
    const { code } = await ask();
    for (const token of [harness.ownerToken, harness.cliToken, await logIn()])
      expect((await answer(code, true, { token })).status).toBe(403);
    expect((await answer(code, true, {})).status).toBe(401);
  });

  it('may be denied', async () => {
    const { code, secret } = await ask();
    expect((await answer(code, false)).status).toBe(204);
    expect((await take(secret)).status).toBe(403);
  });

  it('is asked for by one address so often, and by others all the same (fault 16)', async () => {
    const asked = async () => (await harness.call('POST', '/api/v1/device', { body: {} })).status;
    expect(await until(asked, (status) => status !== 201)).toBe(429);
    const devices = harness.service.app.get(DeviceLogins);
    await expect(devices.ask('127.0.0.1')).rejects.toMatchObject({ code: 'too_many_attempts' });
    await expect(devices.ask('192.0.2.1')).resolves.toHaveProperty('code');
  });
});

describe('a forgotten password (fault 37)', () => {
  const NEW = 'another horse battery';
  const reset = (secret: string, name = 'admin') =>
    harness.call('POST', '/api/v1/password-reset', { body: { name, secret, password: NEW } });
  const leave = (secret: string, mode = 0o600) =>
    writeFile(join(harness.dataDir, 'password-reset'), createHash('sha256').update(secret).digest('hex'), {
      mode,
    });
  const logInWith = async (password: string) =>
    (await harness.call('POST', '/api/v1/login/token', { body: { name: 'admin', password } })).status;

  it('is set anew by whoever owns the data folder, and ends all sessions', async () => {
    const session = await logIn();
    expect((await reset('guess')).status).toBe(401);
    await leave('secret');
    expect((await reset('guess')).status).toBe(401);
    expect((await reset('secret', 'nobody')).status).toBe(404);
    expect((await reset('secret')).status).toBe(204);
    expect((await reset('secret')).status).toBe(401);
    expect((await vote({ token: session })).status).toBe(401);
    expect((await vote({ cookie })).status).toBe(401);
    expect(await logInWith(PASSWORD)).toBe(401);
    expect(await logInWith(NEW)).toBe(200);
  });
});

describe('the demonstration (fault 6)', () => {
  const cast = (approvalId: string, secret = demoSecret) =>
    harness.call('POST', '/api/v1/demo/vote', { body: { secret, approvalId, actionDigest: DIGEST } });

  it('casts one vote, on the gate of the example alone', async () => {
    const { installationId } = harness.service.runtime.config;
    const example = newId();
    const another = newId();
    const foreign = newId();
    origins.set(example, { kind: 'run', id: ids.seed(installationId, 'run/release-check') });
    origins.set(another, { kind: 'run', id: ids.seed(installationId, 'run/release-check') });
    origins.set(foreign, { kind: 'run', id: newId() });
    expect((await cast(example, 'guess')).status).toBe(401);
    expect((await cast(foreign)).status).toBe(403);
    const before = votes.length;
    expect((await cast(example)).status).toBe(200);
    expect((await cast(example)).status).toBe(200);
    // It is one command under one id, so that whoever handles it can have one effect only.
    expect((await cast(another)).status).toBe(200);
    const cast3 = votes.slice(before);
    expect(new Set(cast3.map(({ id }) => id)).size).toBe(1);
    expect(MintedId.safeParse(cast3[0]!.id).success).toBe(true);
    expect(cast3[0]!.metadata).toMatchObject({ actor: owner(), permissions: ['approval:vote'] });
  });
});

const origins = new Map<string, object>();

/** Accepts every vote, and knows the approvals that a test has named. */
function answerAsApprovals(nats: NatsConnection): typeof votes {
  const received: typeof votes = [];
  nats.subscribe(subjects.command('approvals', 'approval', '*'), {
    callback: (_error, message) => {
      const batch = message.json<typeof votes>();
      received.push(...batch);
      const answers = batch.map(({ id }) => ({ id, stream: 'approval-1', revision: 1, position: '1' }));
      message.respond(JSON.stringify(answers));
    },
  });
  nats.subscribe(subjects.query('approvals', 'approval', '*'), {
    callback: (_error, message) => {
      const { id } = message.json<{ id: string }>();
      const origin = origins.get(id);
      const rows = origin ? [['approval', { approvalId: id, origin }]] : [];
      message.respond(
        JSON.stringify({
          kind: 'approval',
          id,
          epoch: 'e',
          revision: 1,
          rows: Object.fromEntries(rows as never),
        }),
      );
    },
  });
  return received;
}
