import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { linkPostgresLibraries } from '../bin/postgres-links.mjs';
import { Problem } from '../bin/problem.mjs';
import { asUser, guarded, type Launch, type RunAs } from './guarded.js';

const run = promisify(execFile);
const user = 'agencyos';
const database = 'agencyos';

/** One PostgreSQL instance below a folder of its own. */
export interface PostgresInstance {
  /** Folder with `postgres`, `initdb`. */
  binaries: string;
  /** The cluster's data folder. */
  dataDir: string;
  port: number;
  password: string;
  /** Set when this process is root, as which PostgreSQL refuses to run. */
  runAs?: RunAs;
  /** False for throw-away servers of tests: a crash of the machine may lose data. */
  durable: boolean;
}

/**
 * The folder of PostgreSQL's programs: the platform's npm package, else the newest of the system.
 *
 * @throws Problem when there is none
 */
export async function findPostgres(projectRoot: string): Promise<string> {
  const embedded = await linkPostgresLibraries(projectRoot);
  const folders = embedded ? [join(embedded, 'bin')] : [];
  for (const parent of ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt']) {
    if (!existsSync(parent)) continue;
    const versions = readdirSync(parent).filter((name) => /^(postgresql@)?\d+$/.test(name));
    versions.sort((a, b) => Number(b.replace(/\D/g, '')) - Number(a.replace(/\D/g, '')));
    folders.push(...versions.map((name) => join(parent, name, 'bin')));
  }
  for (const folder of folders) {
    const program = join(folder, 'postgres');
    if (existsSync(program) && (await run(program, ['--version']).catch(() => undefined))) return folder;
  }
  throw new Problem('No PostgreSQL found for this platform: install PostgreSQL 15 or newer, or set DATABASE_URL to a server.');
}

/** Whom to run PostgreSQL as below these paths; undefined unless this process is root. */
export function unprivilegedUser(...paths: string[]): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  const [uid, gid] = entry ? [Number(entry[1]), Number(entry[2])] : [65534, 65534];
  return { uid, gid, searchAnywhere: !paths.every(othersMayEnter) };
}

/** The URL under which clients reach the instance. */
export function databaseUrl({ port, password }: PostgresInstance, name = database): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${name}`;
}

/**
 * Creates the cluster unless it is there. It is made beside its place and renamed, so that an interrupted
 * first start leaves no half cluster behind.
 */
export async function createCluster(instance: PostgresInstance): Promise<void> {
  const { binaries, dataDir, password, runAs, durable } = instance;
  if (existsSync(join(dataDir, 'PG_VERSION'))) return assertSameVersion(instance);
  const parent = `${dataDir}.new`;
  await rm(parent, { recursive: true, force: true });
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const passwordFile = join(parent, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (runAs) for (const path of [parent, passwordFile]) await chown(path, runAs.uid, runAs.gid);
  const fresh = join(parent, 'data');
  const args = ['-D', fresh, '-U', user, '-E', 'UTF8', '--locale=C', '--auth=scram-sha-256', '--pwfile', passwordFile];
  const initdb = asUser({ program: join(binaries, 'initdb'), args: durable ? args : [...args, '--no-sync'] }, runAs);
  try {
    await run(initdb.program, initdb.args, {
      uid: initdb.uid,
      gid: initdb.gid,
      cwd: '/',
      env: environment(),
    });
  } catch (error) {
    const reason = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split('\n')
      .at(-1);
    throw new Problem(`PostgreSQL could not create its data folder ${dataDir}: ${reason}.`, { cause: error });
  }
  await rename(fresh, dataDir);
  await rm(parent, { recursive: true, force: true });
}

/** The server's command line; it ends when its starter does. */
export function postgresCommand(instance: PostgresInstance): Launch {
  const { binaries, dataDir, port, runAs, durable } = instance;
  const settings: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // long paths break sockets; TCP with a password is enough
    max_connections: 200, // each service may open 21 at its busiest
    authentication_timeout: '10s', // our own give up sooner; who never signs in holds one of them for so long
    shared_buffers: '64MB',
    jit: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const launch = { program: join(binaries, 'postgres'), args: ['-D', dataDir, ...options] };
  // SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, the next start needs no recovery.
  return guarded(launch, 'SIGINT', runAs);
}

/** Environment for PostgreSQL's programs: none of the user's PG* settings or locale. */
export function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * Clears what an unclean end left behind: backends of a killed server hold its shared memory until their
 * query ends, and sit in sessions of their own, so they are found by their working directory. The lock file
 * is removed only when none of them lives.
 */
export async function clearRemains(dataDir: string, patienceMs = 1000): Promise<void> {
  for (let waited = 0; processesIn(dataDir).length > 0; waited += 100) {
    if (waited >= patienceMs) for (const pid of processesIn(dataDir)) kill(pid);
    await delay(100);
  }
  const lock = join(dataDir, 'postmaster.pid');
  if (process.platform === 'linux' || !(await lockHolderLives(lock))) await rm(lock, { force: true });
}

/** Resolves to true when a query works, to false when it does not (yet); creates the database if missing. */
export async function answersQueries(instance: PostgresInstance): Promise<boolean> {
  if (await query(databaseUrl(instance), 'SELECT 1')) return true;
  return (
    (await query(databaseUrl(instance, 'postgres'), `CREATE DATABASE ${database}`)) &&
    (await query(databaseUrl(instance), 'SELECT 1'))
  );
}

/** Resolves to whether the statement succeeded on a fresh connection. */
export async function query(url: string, statement: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000, query_timeout: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(statement);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Makes a folder in which `runAs` may create the cluster. */
export async function preparePostgresFolder(folder: string, runAs: RunAs | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  if (runAs) await chown(folder, runAs.uid, runAs.gid);
}

function assertSameVersion({ binaries, dataDir }: PostgresInstance): Promise<void> {
  const wanted = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  return run(join(binaries, 'postgres'), ['--version']).then(({ stdout }) => {
    const present = /\s(\d+)/.exec(stdout)?.[1];
    if (present === wanted) return;
    throw new Problem(
      `The data folder ${dataDir} was made by PostgreSQL ${wanted}, but this is ${present}: ` +
        'dump and restore it, or start with another --data-dir.',
    );
  });
}

function othersMayEnter(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder) && folder !== path && (statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function processesIn(folder: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder;
      } catch {
        return false; // ended meanwhile, or another user's
      }
    })
    .map(Number);
}

async function lockHolderLives(lock: string): Promise<boolean> {
  const pid = existsSync(lock) ? readFileSync(lock, 'utf8').split('\n')[0] : undefined;
  if (!pid) return false;
  const { stdout } = await run('ps', ['-p', pid, '-o', 'comm=']).catch(() => ({ stdout: '' }));
  return stdout.includes('postgres');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended meanwhile
  }
}
