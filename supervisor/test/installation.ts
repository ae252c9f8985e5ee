import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../scripts/until.mjs';

const fixture = join(import.meta.dirname, 'fixtures/installation.mjs');

export interface ProcessRow {
  name: string;
  pid: number | null;
  state: string;
  instanceId: string;
  restarts: number;
}

export interface JournalRow {
  n: number;
  kind: string;
  process: string;
  by?: string;
  actionKey?: string;
  exit: { code: number | null; signal: string | null };
  diedAt: string;
  readyAt?: string;
}

/** A supervisor in a process of its own, on a temporary folder, as `npm start` would run it. */
export class Installation {
  private readonly children: ChildProcess[] = [];
  private constructor(readonly dataDir: string) {}

  static async create(): Promise<Installation> {
    return new Installation(await mkdtemp(join(tmpdir(), 'agencyos-supervisor-')));
  }

  /** Starts it and waits until everything is ready, or it has ended. */
  async start(options: object = {}, env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
    const child = this.launch(process.execPath, [fixture, this.dataDir, JSON.stringify(options)], env);
    await this.tells(async () => child.exitCode !== null || (await this.allReady()));
    return child;
  }

  /** Starts it below a parent of its own, as npm is. */
  async startBelowParent(): Promise<{ parent: ChildProcess; supervisor: number }> {
    const script = `require('node:child_process').spawn(process.execPath, ${JSON.stringify([fixture, this.dataDir])}, { stdio: 'inherit' })`;
    const parent = this.launch(process.execPath, ['-e', script], { npm_command: 'run-script' });
    await this.tells(() => this.allReady());
    const { pid } = JSON.parse(await readFile(join(this.dataDir, 'supervisor.json'), 'utf8')) as {
      pid: number;
    };
    return { parent, supervisor: pid };
  }

  output = '';

  async call(method: string, path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }> {
    const { url, token } = JSON.parse(await readFile(join(this.dataDir, 'supervisor.json'), 'utf8')) as Record<string, string>;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async processes(): Promise<ProcessRow[]> {
    return (await this.call('GET', '/status')).body['processes'] as ProcessRow[];
  }

  async process(name: string): Promise<ProcessRow> {
    const found = (await this.processes()).find((row) => row.name === name);
    if (!found) throw new Error(`no process ${name}`);
    return found;
  }

  async kill(name: string): Promise<void> {
    const { pid } = await this.process(name);
    if (pid) process.kill(pid, 'SIGKILL');
  }

  async journal(): Promise<JournalRow[]> {
    return (await this.call('GET', '/journal')).body['entries'] as JournalRow[];
  }

  private async allReady(): Promise<boolean> {
    if (!existsSync(join(this.dataDir, 'supervisor.json'))) return false;
    return (
      (await this.processes().catch(() => [])).every(({ state }) => state === 'ready') &&
      this.output.includes('AgencyOS is ready')
    );
  }

  /** Processes of this installation that live: those whose command line or environment names its folder. */
  living(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .flatMap((pid) => {
        try {
          const text = `${readFileSync(`/proc/${pid}/cmdline`)}\0${readFileSync(`/proc/${pid}/environ`)}\0${readlinkSync(`/proc/${pid}/cwd`)}`;
          return text.includes(this.dataDir) ? [`${pid} ${text.split('\0').slice(0, 3).join(' ')}`] : [];
        } catch {
          return []; // ended meanwhile
        }
      });
  }

  async nothingLeft(): Promise<void> {
    await until(
      () => this.living(),
      ({ length }) => length === 0,
    );
  }

  async write(name: string, text = ''): Promise<void> {
    await writeFile(join(this.dataDir, name), text);
  }

  read(name: string): Promise<string> {
    return readFile(join(this.dataDir, name), 'utf8');
  }

  async remove(): Promise<void> {
    for (const child of this.children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await this.nothingLeft();
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Until it holds; what it has said last stands beside a wait in vain. */
  private async tells(condition: () => Promise<boolean>): Promise<void> {
    const look = async () => ({ holds: await condition(), said: this.output.slice(-400) });
    await until(look, ({ holds }) => holds, condition);
  }

  private launch(program: string, args: string[], env: NodeJS.ProcessEnv): ChildProcess {
    const base = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS)/.test(name)));
    this.output = '';
    const child = spawn(program, args, { env: { ...base, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer) => (this.output += chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.children.push(child);
    return child;
  }
}

/** Resolves to how the process ended. */
export function ended(child: ChildProcess): Promise<number | string | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode ?? child.signalCode);
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
}
