import { randomBytes } from 'node:crypto';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { freePort } from '../src/free-port.js';
import { postgresOf } from '../src/postgres-of.js';
import {
  answersQueries,
  clearRemains,
  createCluster,
  databaseUrl,
  environment,
  findPostgres,
  postgresCommand,
  preparePostgresFolder,
  query,
  unprivilegedUser,
  type PostgresInstance,
} from '../src/postgres.js';
import { until } from '../../scripts/until.mjs';
import { ended } from './installation.js';

const projectRoot = dirname(dirname(import.meta.dirname));
let home: string;
let instance: PostgresInstance;
let server: ChildProcess | undefined;

/** A project below a home that only its owner may enter, as root's own is: everything is reached through it. */
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agencyos-postgres-'));
  await chmod(home, 0o700);
  await symlink(await findPostgres(projectRoot), join(home, 'bin'));
  await symlink(join(dirname(await findPostgres(projectRoot)), 'lib'), join(home, 'lib'));
  await symlink(join(dirname(await findPostgres(projectRoot)), 'share'), join(home, 'share'));
  const folder = join(home, 'data', 'postgres');
  await mkdir(join(home, 'data'), { mode: 0o700 });
  const runAs = unprivilegedUser(join(home, 'bin'), folder);
  await preparePostgresFolder(folder, runAs);
  instance = {
    binaries: join(home, 'bin'),
    dataDir: join(folder, 'data'),
    port: await freePort(),
    password: randomBytes(12).toString('hex'),
    durable: false,
    ...(runAs && { runAs }),
  };
});

afterEach(async () => {
  if (server && server.exitCode === null && server.signalCode === null) server.kill('SIGQUIT');
  if (server) await ended(server);
  server = undefined;
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

async function start(): Promise<ChildProcess> {
  const { program, args } = postgresCommand(instance);
  server = spawn(program, args, {
    env: environment(),
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const running = server;
  await until(async () => running.exitCode !== null || (await answersQueries(instance)));
  return running;
}

it('is a release of PostgreSQL, whatever the package calls its version (ADR 26)', () => {
  const { program, args } = postgresCommand(instance);
  const path = [program, ...args].find((word) => word.endsWith('/postgres'))!;
  expect(execFileSync(path, ['--version'], { encoding: 'utf8' })).toMatch(/^postgres \(PostgreSQL\) \d+\.\d+\n$/);
});

it('runs below a home that only its owner may enter, never as root, in UTF-8, with a password', async () => {
  await createCluster(instance);
  const running = await start();
  expect(await query(databaseUrl(instance), 'SELECT 1')).toBe(true);
  expect(await query(databaseUrl({ ...instance, password: 'wrong' }), 'SELECT 1')).toBe(false);
  expect(await query(databaseUrl(instance), "SELECT 1 / (pg_encoding_to_char(encoding) = 'UTF8')::int FROM pg_database")).toBe(
    true,
  );
  if (process.platform !== 'linux') return;
  const status = readFileSync(`/proc/${running.pid}/status`, 'utf8');
  expect(status).not.toMatch(/^Uid:\s+0\s/m);
  // at most the right to read and search, which is what a 0700 home takes
  expect(Number(`0x${/^CapPrm:\s+(\w+)/m.exec(status)?.[1]}`) & ~0b100).toBe(0);
});

it('starts again after a kill that left its lock file, and after an interrupted first start', async () => {
  await mkdir(`${instance.dataDir}.new`);
  await writeFile(join(`${instance.dataDir}.new`, 'rest'), 'of an initdb that was killed');
  await createCluster(instance);
  const first = await start();
  expect(await query(databaseUrl(instance), 'CREATE TABLE kept (id int)')).toBe(true);
  first.kill('SIGKILL');
  await ended(first);
  expect(existsSync(join(instance.dataDir, 'postmaster.pid'))).toBe(true);
  await clearRemains(instance.dataDir);
  await start();
  expect(await query(databaseUrl(instance), 'SELECT * FROM kept')).toBe(true);
});

it('ends the backends of a killed server that still run a query', async () => {
  await createCluster(instance);
  const first = await start();
  const busy = query(databaseUrl(instance), 'SELECT pg_sleep(600)');
  const active = "SELECT 1 / count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()";
  await until(() => query(databaseUrl(instance), active));
  first.kill('SIGKILL');
  await ended(first);
  await clearRemains(instance.dataDir);
  expect(await busy).toBe(false);
  await start();
  expect(await query(databaseUrl(instance), 'SELECT 1')).toBe(true);
});

it('refuses a data folder of another major version with what to do', async () => {
  await mkdir(instance.dataDir, { recursive: true });
  await writeFile(join(instance.dataDir, 'PG_VERSION'), '12\n');
  await expect(createCluster(instance)).rejects.toThrow(/made by PostgreSQL 12, but this is \d+: dump and restore/);
});

it('is made in a data folder that is not there yet, also where others may enter what is above it', async () => {
  await chmod(home, 0o755);
  const postgres = await postgresOf(join(home, 'new', 'data'), projectRoot);
  try {
    expect(await query(postgres.url, 'SELECT 1')).toBe(true);
  } finally {
    await postgres.stop();
  }
});
