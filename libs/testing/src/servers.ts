import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentsOf, installation } from '@agencyos/contracts/installation';
import {
  answersQueries,
  createCluster,
  databaseUrl as urlOf,
  environment,
  findBubblewrap,
  findNatsServer,
  findPostgres,
  freePort,
  guarded,
  nkeyFile,
  postgresCommand,
  preparePostgresFolder,
  provisionNats,
  unprivilegedUser,
  type PostgresInstance,
} from '@agencyos/supervisor/server-parts';
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node';
import { connectAs } from './connect-as.js';
import { end, start, untilUp } from './test-process.js';

export { connectAs };

export { freePort };
export { startNatsCluster, type NatsCluster } from './nats-cluster.js';

/** @returns path of bubblewrap, fetched if it has to be; undefined where it cannot be had */
export const testBubblewrap = (): Promise<string | undefined> => findBubblewrap({ projectRoot });

const projectRoot = join(import.meta.dirname, '../../..');
const others = { test: { publish: ['>'], subscribe: ['>'], mayReply: false } };

/** Which servers to start, and for whom. */
export interface TestServerOptions {
  /** @defaultValue true */
  nats?: boolean;
  /** @defaultValue true */
  postgres?: boolean;
  /** Ids of the agents that get a credential, beside those of the services.
   *  @defaultValue the built-in ones */
  agentIds?: string[];
  /** What each of these agents is offered; by default the tasks of the built-in agents' roles. */
  roles?: string[];
  /** What PostgreSQL has answered is on the disk, as in production: slower, for benchmarks.
   *  @defaultValue false */
  durable?: boolean;
}

/** Real servers on temporary folders and free ports. */
export interface TestServers {
  /** `nats://127.0.0.1:<port>`; empty without NATS. */
  natsUrl: string;
  /** `postgres://…/agencyos`; empty without PostgreSQL. */
  databaseUrl: string;
  /** Path of the seed of `relay`, `kanban`, `swarm`, `approvals`, `healer`, `gateway`, `agent_<agentId>`, each
   *  with the product's own permissions, or of `test`, which may publish and subscribe to everything. */
  nkeyFile(principal: string): string;
  /** As one of these. Whoever connects closes. */
  connect(principal: string, options?: ConnectionOptions): Promise<NatsConnection>;
  /** What a process of this service is given to reach them. */
  environment(service: string): { NATS_URL: string; NATS_NKEY_FILE: string; DATABASE_URL: string; LOG_LEVEL: string };
  /** Creates another, empty database on the same server, far faster than a server of its own.
   *  @returns its URL */
  createDatabase(): Promise<string>;
  /** Kills the NATS server and starts it again on the same port with the same store. */
  restartNats(options?: { deleteStore?: boolean }): Promise<void>;
  /** The NATS server stands still, its connections open. @returns what lets it go on */
  holdNats(): () => void;
  /** Kills PostgreSQL (its backends end with it) and starts it again on the same port with the same data. */
  restartPostgres(): Promise<void>;
  /** Ends the servers and deletes their folders. */
  stop(): Promise<void>;
}

/**
 * Starts a real NATS server with the product's permissions and a real PostgreSQL for a test suite: call it
 * in `beforeAll`, `stop()` in `afterAll`. Several may run at once; they end with the test process, whatever
 * ends it. Takes about a second.
 */
export async function startTestServers(options: TestServerOptions = {}): Promise<TestServers> {
  const folder = await mkdtemp(join(tmpdir(), 'agencyos-test-'));
  await chmod(folder, 0o711); // root's PostgreSQL runs as another user and has to get in
  const keysFolder = join(folder, 'nkeys');
  const parts = await Promise.allSettled([
    options.nats === false ? undefined : startNats(folder, keysFolder, options),
    options.postgres === false ? undefined : startPostgres(folder, options.durable ?? false),
  ]);
  const [nats, postgres] = parts.map((part) => (part.status === 'fulfilled' ? part.value : undefined)) as [
    Awaited<ReturnType<typeof startNats>> | undefined,
    Awaited<ReturnType<typeof startPostgres>> | undefined,
  ];
  const stop = async () => {
    await Promise.all([nats?.stop(), postgres?.stop()]);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const failed = parts.find((part) => part.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const place = { natsUrl: nats?.url ?? '', nkeyFile: (principal: string) => nkeyFile(keysFolder, principal) };
  const databaseUrl = postgres?.url ?? '';
  return {
    ...place,
    databaseUrl,
    connect: (principal, options) => connectAs(place, principal, options),
    environment: (service) => ({
      ...{ NATS_URL: place.natsUrl, NATS_NKEY_FILE: place.nkeyFile(service), DATABASE_URL: databaseUrl },
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    }),
    createDatabase: () => present(postgres, 'PostgreSQL').createDatabase(),
    restartNats: (how) => present(nats, 'NATS').restart(how?.deleteStore ?? false),
    holdNats: () => present(nats, 'NATS').hold(),
    restartPostgres: () => present(postgres, 'PostgreSQL').restart(),
    stop,
  };
}

async function startNats(folder: string, keysFolder: string, options: TestServerOptions) {
  const builtIn = {
    ids: agentsOf(installation).map(({ name }) => name),
    roles: installation.agentKinds.flatMap(({ roles }) => roles),
  };
  const { agentIds = builtIn.ids, roles = [...new Set(builtIn.roles)] } = options;
  const { path } = await findNatsServer({ cacheDir: join(projectRoot, '.cache') });
  const outside = { agents: agentIds.map((agentId) => ({ agentId, roles })), subscribers: [] };
  const instance = { folder: join(folder, 'nats'), keysFolder, outside, others };
  const launch = async (port: number) => {
    const { file } = await provisionNats({ ...instance, port });
    const args = ['--config', file, '--ports_file_dir', instance.folder];
    const child = start(guarded({ program: path, args }, 'SIGKILL'), join(folder, 'nats.log'));
    return { child, port: await untilUp(child, join(folder, 'nats.log'), () => portInFile(instance.folder)) };
  };
  let server = await launch(0);
  return {
    url: `nats://127.0.0.1:${server.port}`,
    restart: async (deleteStore: boolean) => {
      await end(server.child, 'SIGKILL');
      for (const name of await readdir(instance.folder)) {
        if (name.endsWith('.ports')) await rm(join(instance.folder, name));
      }
      if (deleteStore) await rm(join(instance.folder, 'jetstream'), { recursive: true, force: true });
      server = await launch(server.port);
    },
    hold: () => {
      const { pid } = server.child;
      process.kill(-pid!, 'SIGSTOP');
      return () => process.kill(-pid!, 'SIGCONT');
    },
    stop: () => end(server.child, 'SIGTERM'),
  };
}

async function startPostgres(folder: string, durable: boolean) {
  const binaries = await findPostgres(projectRoot);
  const runAs = unprivilegedUser(binaries, join(folder, 'postgres'));
  await preparePostgresFolder(join(folder, 'postgres'), runAs);
  const instance: PostgresInstance = {
    binaries,
    dataDir: join(folder, 'postgres', 'data'),
    port: await freePort(),
    password: randomBytes(12).toString('hex'),
    ...(runAs ? { runAs } : {}),
    durable,
  };
  await createCluster(instance);
  const log = join(folder, 'postgres.log');
  const launch = async () => {
    const child = start(postgresCommand(instance), log, environment());
    await untilUp(child, log, async () => ((await answersQueries(instance)) ? true : undefined));
    return child;
  };
  let child = await launch().catch(async () => {
    instance.port = await freePort(); // somebody took the port meanwhile
    return launch();
  });
  let databases = 0;
  return {
    url: urlOf(instance),
    createDatabase: async () => {
      const name = `test_${++databases}`;
      const { default: pg } = await import('pg');
      const client = new pg.Client({ connectionString: urlOf(instance) });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`).finally(() => client.end());
      return urlOf(instance, name);
    },
    restart: async () => {
      await end(child, 'SIGQUIT');
      child = await launch();
    },
    stop: () => end(child, 'SIGINT'),
  };
}

async function portInFile(folder: string): Promise<number | undefined> {
  const name = (await readdir(folder)).find((entry) => entry.endsWith('.ports'));
  if (!name) return undefined;
  const text = await readFile(join(folder, name), 'utf8');
  return Number(/nats:\/\/[^"]*:(\d+)/.exec(text)?.[1]) || undefined;
}

function present<T>(server: T | undefined, name: string): T {
  if (server === undefined) throw new Error(`startTestServers was told to start no ${name}`);
  return server;
}
