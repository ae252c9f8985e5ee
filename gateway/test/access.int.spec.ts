import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allCommands, allViews, describeCommand, permissionsOf } from '@agencyos/contracts';
import { Controller, Get } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { assertPermissionsDeclared, Commands } from '@agencyos/runtime';
import { until } from '@agencyos/testing';
import { cookieOf, startHarness, type Harness } from './harness.js';

let harness: Harness;
let cookie: string;
let agentToken: string;
beforeAll(async () => {
  harness = await startHarness();
  const user = { name: 'vera', password: 'correct horse battery' };
  await harness.call('POST', '/api/v1/users', {
    token: harness.ownerToken,
    body: { ...user, roles: ['viewer'] },
  });
  cookie = await until(async () => {
    const login = await harness.call('POST', '/api/v1/login', { body: user });
    return login.ok ? cookieOf(login) : undefined;
  });
  agentToken = (await readFile(join(harness.dataDir, 'agents/command-1.token'), 'utf8')).trim();
});
afterAll(() => harness?.stop());

const OPEN = [
  ...['/api/v1/setup', '/api/v1/welcome', '/api/v1/login', '/api/v1/openapi.json'],
  ...['/api/v1/login/token', '/api/v1/device', '/api/v1/device/token', '/api/v1/password-reset'],
  ...['/health/live', '/health/started', '/health/self', '/health/ready'],
];
const commands = allCommands.flatMap(({ context, types }) => Object.keys(types).map((type) => [context, type] as const));

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

/** Every route that the HTTP server really has. */
function routes(): { method: string; path: string }[] {
  const { stack } = (harness.service.app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } }).router;
  return stack.flatMap(({ route }) =>
    route ? Object.keys(route.methods).map((method) => ({ method: method.toUpperCase(), path: route.path })) : [],
  );
}

describe('every route', () => {
  it('but the few open ones is closed to strangers', async () => {
    const closed = routes().filter(({ path }) => !OPEN.includes(path));
    expect(closed.length).toBeGreaterThan(10);
    for (const { method, path } of closed) {
      const address = path.replace(/:(\w+)/g, 'x');
      const response = await harness.call(method, address, method === 'GET' ? {} : { body: {} });
      expect({ method, path, status: response.status }).toEqual({ method, path, status: 401 });
    }
  });

  it.each(['/metrics', '/metrics/', '/METRICS', '/Metrics/'])(
    'shows its figures to nobody without ops:read, however it is spelt: %s (fault 17)',
    async (path) => {
      for (const credentials of [{}, { token: agentToken }]) {
        const response = await harness.call('GET', path, credentials);
        expect([401, 403, 404]).toContain(response.status);
        expect(await response.text()).not.toContain('process_cpu');
      }
    },
  );

  it('tells what keeps a consumer to nobody without ops:read: its words may hold a fact’s', async () => {
    expect((await harness.call('GET', '/api/v1/consumers', { token: agentToken })).status).toBe(403);
    expect((await harness.call('GET', '/api/v1/consumers', { cookie })).status).toBe(200);
  });

  it('has one spelling (fault 17)', async () => {
    for (const path of ['/API/v1/me', '/api/v1/Me', '/api/v1/me/', '/HEALTH/live', '/metrics/'])
      expect((await harness.call('GET', path, { token: harness.ownerToken })).status).toBe(404);
    expect((await harness.call('GET', '/metrics', { token: harness.ownerToken })).status).toBe(200);
  });

  it('must declare what it needs, or the process does not start', async () => {
    @Controller('open')
    class Forgotten {
      @Get()
      everybody() {
        return 'secrets';
      }
    }
    const app = await NestFactory.create(
      { module: class Root {}, imports: [DiscoveryModule], controllers: [Forgotten] },
      { logger: false },
    );
    expect(() => assertPermissionsDeclared(app)).toThrow('no permission is declared for Forgotten.everybody');
    await app.close();
  });
});

describe('every command', () => {
  it.each(commands)('%s/%s is refused to a viewer and to an agent who lack its permission', async (context, type) => {
    const { permission } = describeCommand(type)!;
    const refused = async (credentials: { cookie?: string; token?: string }, has: readonly string[]) => {
      if (permission.some((one) => has.includes(one))) return;
      const response = await harness.command(`${context}/${type}`, {}, { token: '', ...credentials });
      expect([403, 404]).toContain(response.status);
    };
    await refused({ cookie }, permissionsOf(['viewer']));
    await refused({ token: agentToken }, ['task:work', 'approval:request', 'board:read']);
  });

  it('of services alone is refused to the owner too', async () => {
    for (const [context, type] of commands.filter(([, type]) => describeCommand(type)!.permission.length === 0)) {
      expect((await harness.command(`${context}/${type}`, {})).status).toBe(403);
    }
  });

  it('in the name of somebody else is refused by the service itself', async () => {
    const send = harness.service.app.get(Commands);
    const userId = '01900000-0000-7000-8000-000000000001';
    const metadata = { actor: 'user:01900000-0000-7000-8000-000000000002', permissions: ['board:read'] };
    await expect(send.execute('SetUserRoles', { userId, roles: ['admin'] }, { metadata })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('every view', () => {
  it.each(allViews.map(({ kind, permission }) => [kind, permission] as const))(
    '%s is refused to an agent without %s',
    async (kind, permission) => {
      if (permission === 'board:read') return;
      const response = await harness.call('GET', `/api/v1/views/${kind}/all`, { token: agentToken });
      expect(response.status).toBe(403);
    },
  );
});
