import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ids, newId, permissionsOf, subjects } from '@agencyos/contracts';
import { readConfig, startService, type RunningService } from '@agencyos/runtime';
import { until } from '@agencyos/testing';
import { freePort, startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { NatsConnection } from '@nats-io/transport-node';
import { readGatewayConfig } from '../src/config.js';
import { gatewayOptions } from '../src/gateway.js';
import { Tokens } from '../src/identity/tokens.js';
import { identity } from '../src/service.js';

export interface Harness {
  servers: TestServers;
  service: RunningService;
  dataDir: string;
  url: string;
  /** The command line's token: the owner's, without what decides. */
  cliToken: string;
  /** All that the owner may, but voting, which needs a token with an end. */
  ownerToken: string;
  /** One-time secret of the set-up link. */
  setupSecret: string;
  call(method: string, path: string, options?: CallOptions): Promise<Response>;
  /** A command as the owner. */
  command(path: string, data: object, options?: CallOptions): Promise<Response>;
  connectAs(principal: string): Promise<NatsConnection>;
  restart(): Promise<void>;
  /** A second gateway of the same installation, in the same data folder unless its environment says another one. */
  another(own?: Record<string, string>): Promise<{ url: string; service: RunningService; stop(): Promise<void> }>;
  /** What kanban says that there are: no board, unless a test puts one there. */
  boards: Record<string, object>;
  stop(): Promise<void>;
}

export interface CallOptions {
  body?: unknown;
  /** Sent as it is instead of `body`. */
  raw?: string | Uint8Array;
  token?: string;
  cookie?: string;
  headers?: Record<string, string>;
}

/** The real gateway on real NATS and PostgreSQL. */
export async function startHarness(environment: Record<string, string> = {}): Promise<Harness> {
  const servers = await startTestServers();
  const dataDir = await mkdtemp(join(tmpdir(), 'agencyos-gateway-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...servers.environment('gateway'),
    AGENCYOS_DATA_DIR: dataDir,
    COMMAND_DEADLINE_MS: '1500',
    PORT: String(port),
    PUBLIC_URL: url,
    ...environment,
  };
  const start = (own: Record<string, string> = {}) => {
    const its = { ...env, ...own };
    return startService('gateway', identity, gatewayOptions(readGatewayConfig(its)), readConfig('gateway', its));
  };
  const connections: NatsConnection[] = [];
  const boards: Harness['boards'] = {};
  const kanban = await servers.connect('kanban');
  connections.push(kanban);
  kanban.subscribe(subjects.query('kanban', 'boards', '*'), {
    callback: (_error, message) =>
      void message.respond(JSON.stringify({ kind: 'boards', id: 'all', epoch: 'e', revision: 1, rows: boards })),
  });
  await kanban.flush();
  const harness: Harness = {
    servers,
    service: await start(),
    dataDir,
    boards,
    url,
    cliToken: await until(() => secret(join(dataDir, 'cli-token'))),
    ownerToken: '',
    setupSecret: (await until(() => secret(join(dataDir, 'setup-url')))).split('#')[1]!,
    call: (method, path, { body, raw, token, cookie, headers = {} } = {}) =>
      fetch(url + path, {
        method,
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(token && { authorization: `Bearer ${token}` }),
          ...(cookie && { cookie, 'sec-fetch-site': 'same-origin' }),
          ...headers,
        },
        ...((body !== undefined || raw !== undefined) && { body: raw ?? JSON.stringify(body) }),
        redirect: 'manual',
      }),
    command: (path, body, options = {}) =>
      harness.call('POST', `/api/v1/${path}`, {
        token: harness.ownerToken,
        ...options,
        body,
        headers: { 'idempotency-key': newId(), ...options.headers },
      }),
    connectAs: async (principal) => {
      const connection = await servers.connect(principal);
      connections.push(connection);
      return connection;
    },
    restart: async () => {
      await harness.service.stop();
      harness.service = await start();
    },
    another: async (own = {}) => {
      const itsPort = String(await freePort());
      const service = await start({ ...own, PORT: itsPort });
      return { url: `http://127.0.0.1:${itsPort}`, service, stop: () => service.stop() };
    },
    stop: async () => {
      await harness.service.stop();
      for (const connection of connections) await connection.close();
      await servers.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  const principal = `user:${ids.seed(harness.service.runtime.config.installationId, 'owner')}`;
  const token = { principal, permissions: permissionsOf(['admin']), label: 'test' };
  const metadata = { actor: 'system:setup', permissions: ['identity:admin'] };
  harness.ownerToken = (await harness.service.app.get(Tokens).issue(token, metadata)).token;
  await until(async () => (await harness.call('GET', '/api/v1/me', { token: harness.ownerToken })).ok);
  return harness;
}

const secret = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

/** `name=value` of the cookie that the answer sets. */
export const cookieOf = (response: Response): string => (response.headers.getSetCookie()[0] ?? '').split(';')[0]!;
