import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findNatsServer } from '../bin/nats-server.mjs';
import { freePort } from './free-port.js';
import { guarded } from './guarded.js';
import { Credentials } from './credentials.js';
import type { AgentCredential } from './nats-accounts.js';
import { nkeyFile } from './nats-config.js';
import { NatsCredentials } from './nats-credentials.js';
import {
  answersQueries,
  clearRemains,
  createCluster,
  databaseUrl,
  environment,
  findPostgres,
  postgresCommand,
  preparePostgresFolder,
  unprivilegedUser,
  type PostgresInstance,
} from './postgres.js';
import type { ProcessSpec } from './process-spec.js';
import { greets } from './readiness.js';

/** The servers on which the product stands, and how it reaches them. */
export interface Servers {
  specs: ProcessSpec[];
  natsUrl: string;
  /** Undefined where the server asks for no key. */
  nkeyFile(principal: string): string | undefined;
  /** Gives out more of them; undefined where the NATS server is somebody else's. */
  credentials: NatsCredentials | undefined;
  databaseUrl: string;
}

export interface ServerOptions {
  dataDir: string;
  projectRoot: string;
  /** The built-in agents. */
  agents: readonly AgentCredential[];
  natsUrl?: string | undefined;
  natsKeysFolder?: string | undefined;
  databaseUrl?: string | undefined;
}

/** Finds or makes what NATS and PostgreSQL need; existing servers are used as they are. */
export async function prepareServers(options: ServerOptions): Promise<Servers> {
  // First of all: whether others may enter it decides how PostgreSQL is run.
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const [nats, postgres] = await Promise.all([
    options.natsUrl ? undefined : prepareNats(options),
    options.databaseUrl ? undefined : preparePostgres(options),
  ]);
  const keysFolder = nats ? join(options.dataDir, 'nkeys') : options.natsKeysFolder;
  return {
    specs: [nats?.spec, postgres?.spec].filter((spec) => spec !== undefined),
    natsUrl: options.natsUrl ?? nats?.url ?? '',
    credentials: nats?.credentials,
    nkeyFile: (principal) => keysFolder && nkeyFile(keysFolder, principal),
    databaseUrl: options.databaseUrl ?? postgres?.url ?? '',
  };
}

async function prepareNats({ dataDir, projectRoot, agents }: ServerOptions) {
  const { path } = await findNatsServer({ cacheDir: join(projectRoot, '.cache') });
  const port = await keptPort(dataDir, 'nats');
  const folder = join(dataDir, 'nats');
  const kept = await Credentials.open(join(dataDir, 'credentials.json'), agents);
  const credentials = new NatsCredentials({ folder, keysFolder: join(dataDir, 'nkeys'), port }, kept);
  const spec: ProcessSpec = {
    name: 'nats',
    wave: 0,
    stopOrder: 5,
    restartedBy: 'supervisor',
    start: async () => {
      // Of before agents had accounts of their own: what lay there is out of reach, and in the log anyway.
      await rm(join(folder, 'jetstream', 'jetstream', '$G'), { recursive: true, force: true });
      const config = await credentials.prepareStart();
      const launch = guarded({ program: path, args: ['--config', config] }, 'SIGTERM');
      return { ...launch, env: process.env, cwd: folder };
    },
    ready: () => greets(port),
    stop: { signal: 'SIGTERM', to: 'process', graceMs: 1_500 },
  };
  return { spec, credentials, url: `nats://127.0.0.1:${port}` };
}

async function preparePostgres({ dataDir, projectRoot }: ServerOptions) {
  const binaries = await findPostgres(projectRoot);
  const folder = join(dataDir, 'postgres');
  const runAs = unprivilegedUser(binaries, folder);
  await preparePostgresFolder(folder, runAs);
  const instance: PostgresInstance = {
    binaries,
    dataDir: join(folder, 'data'),
    port: await keptPort(dataDir, 'postgres'),
    password: await keptSecret(join(dataDir, 'postgres-password')),
    ...(runAs ? { runAs } : {}),
    durable: true,
  };
  await createCluster(instance);
  const spec: ProcessSpec = {
    name: 'postgres',
    wave: 0,
    stopOrder: 6,
    restartedBy: 'supervisor',
    start: async () => ({ ...postgresCommand(instance), env: environment(), cwd: '/' }),
    ready: () => answersQueries(instance),
    // Fast shutdown of the postmaster, which ends its backends itself: they are in sessions of their own.
    stop: { signal: 'SIGINT', to: 'process', graceMs: 4_000 },
    clear: () => clearRemains(instance.dataDir),
  };
  return { spec, url: databaseUrl(instance) };
}

/** A port chosen once and kept, so that a restarted server is found where it was; another one if it is taken. */
async function keptPort(dataDir: string, name: string): Promise<number> {
  const folder = join(dataDir, 'ports');
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  const kept = Number(await readFile(file, 'utf8').catch(() => '0'));
  if (kept && !(await isTaken(kept))) return kept;
  const port = await freePort();
  await writeFile(file, String(port));
  return port;
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function keptSecret(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept) return kept;
  const secret = randomBytes(24).toString('base64url');
  await writeFile(file, secret, { mode: 0o600 });
  return secret;
}
