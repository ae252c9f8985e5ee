import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@agencyos/testing/servers';
import { untilAnswered } from '@agencyos/testing';
import { Api } from './api.js';
import { isAlive, processesOf } from './processes.js';
import { until } from './until.js';

const root = join(import.meta.dirname, '..', '..');

export interface SystemOptions {
  repository: string;
  /** More repositories that the workers' owner lets the example's steps read. */
  alsoReadable?: string[];
  /** Folders that the workers' owner shows its last step under other names. */
  alsoSeen?: { path: string; as: string }[];
  /** Continue with the data of an earlier system. */
  dataDir?: string;
  /** How it is started: through npm, as a newcomer does, or the supervisor alone. */
  through?: 'npm' | 'node';
  port?: number;
  /** More options of `npm start`, and variables of its environment. */
  flags?: string[];
  env?: NodeJS.ProcessEnv;
}

interface Status {
  processes: { name: string; replicaOf?: string; pid: number; state: string; restarts: number }[];
}

class Ended extends Error {}

/** The whole product as `npm start` runs it, in a data folder of its own. */
export class System {
  private constructor(
    readonly child: ChildProcess,
    readonly dataDir: string,
    readonly port: number,
  ) {}

  readonly url = '';

  /** Starts it and waits until all of it is ready. */
  static async start(options: SystemOptions): Promise<System> {
    const system = await System.launch(options);
    await untilAnswered(
      async () => {
        if (system.child.exitCode !== null) throw new Ended(`npm start ended with ${system.child.exitCode}`);
        return (await fetch(`${system.url}/health/ready`)).status;
      },
      {
        condition: 'the system is ready',
        holds: (status: number) => status === 200,
        isOver: (error) => error instanceof Ended,
      },
    );
    return system;
  }

  /** Starts it without waiting for anything. */
  static async launch({
    repository,
    alsoReadable = [],
    alsoSeen = [],
    dataDir,
    through = 'node',
    port,
    flags = [],
    env,
  }: SystemOptions): Promise<System> {
    const folder = dataDir ?? (await temporaryFolder());
    await writeFile(
      join(folder, 'profiles.json'),
      JSON.stringify({ profiles: await profilesOf(folder, alsoReadable, alsoSeen) }),
    );
    const chosen = port ?? (await freePort());
    const options = ['--port', String(chosen), '--data-dir', folder, '--repo', repository, ...flags];
    const [command, argv] =
      through === 'npm'
        ? ['npm', ['start', '--', ...options]]
        : [process.execPath, [join(root, 'supervisor/bin/start.mjs'), ...options]];
    const environment = { ...process.env, ...env };
    delete environment['NODE_OPTIONS'];
    const child = spawn(command, argv, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const log = createWriteStream(join(folder, '..', 'start.log'), { flags: 'a' });
    child.stdout!.pipe(log);
    child.stderr!.pipe(log);
    const system = new System(child, folder, chosen);
    Object.assign(system, { url: `http://127.0.0.1:${chosen}` });
    return system;
  }

  /** @param nth of several gateways, the first one is 1 */
  async api(nth = 1): Promise<Api> {
    const token = (await until('the token of the command line', () => readFile(join(this.dataDir, 'cli-token'), 'utf8'))).trim();
    return new Api(`http://127.0.0.1:${this.port + nth - 1}`, { Authorization: `Bearer ${token}` }, () => this.setupUrl());
  }

  setupUrl(): Promise<string> {
    return until('the set-up link', () => readFile(join(this.dataDir, 'setup-url'), 'utf8')).then((text) => text.trim());
  }

  /** All that it has printed. */
  output(): Promise<string> {
    return readFile(join(this.dataDir, '..', 'start.log'), 'utf8');
  }

  /** Where the supervisor is found, and its pid. */
  async supervisor(): Promise<{ url: string; token: string; pid: number }> {
    const said = await readFile(join(this.dataDir, 'supervisor.json'), 'utf8').catch(async (error: Error) => {
      throw new Error(`the system has ended; the last that it said:\n${(await this.output()).slice(-4_000)}`, { cause: error });
    });
    return JSON.parse(said) as { url: string; token: string; pid: number };
  }

  async status(): Promise<Status> {
    const { url, token } = await this.supervisor();
    return (await (await fetch(`${url}/status`, { headers: { Authorization: `Bearer ${token}` } })).json()) as Status;
  }

  async pidOf(name: string): Promise<number> {
    const found = (await this.status()).processes.find((process) => process.name === name);
    if (!found?.pid) throw new Error(`${name} has no process`);
    return found.pid;
  }

  /** SIGKILL of exactly that process; returns the pid it had. */
  async kill(name: string): Promise<number> {
    const pid = await this.pidOf(name);
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  /** Another process than `pid` serves under that name. */
  replaced(name: string, pid: number): Promise<Status['processes'][number]> {
    return until(
      `${name} is back`,
      async () => (await this.status()).processes.find((process) => process.name === name),
      (process) => process !== undefined && process.pid !== pid && process.state === 'ready',
    ) as Promise<Status['processes'][number]>;
  }

  /** Ordinary stop; resolves with the exit code once nothing is left. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.pid && isAlive(this.child.pid)) process.kill(this.child.pid, signal);
    return this.exited();
  }

  /** Its exit code, once nothing is left. */
  async exited(): Promise<number | null> {
    await this.ended();
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  async ended(): Promise<void> {
    await until(
      'no process is left',
      () => processesOf(this.dataDir).filter(({ pid }) => isAlive(pid)),
      (left) => left.length === 0,
    );
  }

  async discard(): Promise<void> {
    await this.stop();
    await rm(join(this.dataDir, '..'), { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Where the test and the commands of its steps leave each other files. */
export const marks = (dataDir: string): string => join(dataDir, '..', 'marks');

async function profilesOf(dataDir: string, repositories: string[], seen: { path: string; as: string }[]) {
  const histories = repositories.map((repository) => ({ path: join(repository, '.git') }));
  const roles = ['notes', 'reviewer'].map((role) => [role, { folders: histories }] as const);
  return {
    check: { folders: [await marksOf(dataDir), ...histories] },
    ...Object.fromEntries(roles),
    publisher: { folders: [...histories, ...seen] },
  };
}

async function marksOf(dataDir: string): Promise<{ path: string; write: boolean }> {
  const path = marks(dataDir);
  await mkdir(path, { recursive: true });
  await chmod(path, 0o777); // commands may run as other users
  return { path, write: true };
}

async function temporaryFolder(): Promise<string> {
  const cache = join(root, '.cache', 'e2e');
  await mkdir(cache, { recursive: true });
  const folder = join(await mkdtemp(join(cache, 'system-')), 'data');
  if (!existsSync(folder)) await mkdir(folder);
  return folder;
}
