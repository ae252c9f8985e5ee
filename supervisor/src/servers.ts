import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installation, type InstalledProcess } from '@agencyos/contracts/installation';
import { findNatsServer } from '../bin/nats-server.mjs';
import { noteDatabasePlace } from './database-place.js';
import { isFree, portToKeep } from './free-port.js';
import { guarded } from './guarded.js';
import { Credentials } from './credentials.js';
import type { AgentCredential } from './nats-accounts.js';
import { nkeyFile } from './nats-config.js';
import { NatsCredentials } from './nats-credentials.js';
import { keptOrMade } from './own-file.js';
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
import { prepareRoles, serviceUrl } from './postgres-roles.js';
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
  /** Of the owner of the log, who may change everything. */
  databaseUrl: string;
  /** As which a service logs in: in a role of its own, unless the database is somebody else's and has one for all. */
  databaseUrlOf(service: string): string;
}

export interface ServerOptions {
  dataDir: string;
  projectRoot: string;
  /** The built-in agents. */
  agents: readonly AgentCredential[];
  natsUrl?: string | undefined;
  natsKeysFolder?: string | undefined;
  databaseUrl?: string | undefined;
  /** Folder with `<service>.url`, where that database has a role for each. */
  databaseUrlsFolder?: string | undefined;
}

/** Finds or makes what NATS and PostgreSQL need; existing servers are used as they are. */
export async function prepareServers(options: ServerOptions): Promise<Servers> {
  // First of all: whether others may enter it decides how PostgreSQL is run.
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  await noteDatabasePlace(options.dataDir, options.databaseUrl);
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
    databaseUrlOf: postgres?.urlOf ?? databaseUrlsOf(options),
  };
}

const services = installation.services.map(({ name }) => name);
const row = (name: string): InstalledProcess => installation.servers.find((one) => one.name === name)!;

async function prepareNats({ dataDir, projectRoot, agents }: ServerOptions) {
  const { path } = await findNatsServer({ cacheDir: join(projectRoot, '.cache') });
  const port = await keptPort(dataDir, 'nats');
  const folder = join(dataDir, 'nats');
  const kept = await Credentials.open(join(dataDir, 'credentials.json'), agents);
  const credentials = new NatsCredentials({ folder, keysFolder: join(dataDir, 'nkeys'), port }, kept);
  const spec: ProcessSpec = {
    ...row('nats'),
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
    password: await keptOrMade(join(dataDir, 'postgres-password'), () => randomBytes(24).toString('base64url')),
    ...(runAs ? { runAs } : {}),
    durable: true,
  };
  await createCluster(instance);
  const urlOf = (service: string) => serviceUrl(databaseUrl(instance), service);
  let prepared: Promise<boolean> | undefined;
  const spec: ProcessSpec = {
    ...row('postgres'),
    start: async () => ({ ...postgresCommand(instance), env: environment(), cwd: '/' }),
    ready: async () => {
      if (!(await answersQueries(instance))) return false;
      prepared ??= prepareRoles(projectRoot, databaseUrl(instance), services, urlOf);
      if (await prepared) return true;
      prepared = undefined;
      return false;
    },
    // Fast shutdown of the postmaster, which ends its backends itself: they are in sessions of their own.
    stop: { signal: 'SIGINT', to: 'process', graceMs: 4_000 },
    clear: () => clearRemains(instance.dataDir),
  };
  return { spec, urlOf, url: databaseUrl(instance) };
}

/** What an operator has prepared; one role for all otherwise. */
function databaseUrlsOf({ databaseUrl, databaseUrlsFolder }: ServerOptions): (service: string) => string {
  if (!databaseUrlsFolder) return () => databaseUrl ?? '';
  return (service) => readFileSync(join(databaseUrlsFolder, `${service}.url`), 'utf8').trim();
}

/** A port chosen once and kept, so that a restarted server is found where it was; another one if it is taken. */
async function keptPort(dataDir: string, name: string): Promise<number> {
  const folder = join(dataDir, 'ports');
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  const kept = Number(await readFile(file, 'utf8').catch(() => '0'));
  if (kept && (await isFree(kept))) return kept;
  const port = await portToKeep();
  await writeFile(file, String(port));
  return port;
}
