import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { InstalledProcess } from '@agencyos/contracts/installation';

interface Process {
  child: ChildProcess;
  instanceId: string;
  starts: number;
  startedAt: string;
  highestToken: number;
}
interface Action {
  actionKey: string;
  name: string;
  outcome: 'running' | 'done' | 'failed';
}
interface Entry {
  n: number;
  kind: string;
  process: string;
  by: string;
  diedAt: string;
  readyAt?: string;
}

/**
 * The supervisor's protocol over real child processes, with two handles that the real one does not have: actions can be
 * held, and every request is counted.
 */
export class ProcessSupervisor {
  readonly requests: string[] = [];
  /** Restarts wait for this. */
  held: Promise<void> = Promise.resolve();
  private readonly token = randomUUID();
  private readonly processes = new Map<string, Process>();
  private readonly actions = new Map<string, Action>();
  private readonly journal: Entry[] = [];
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  constructor(
    private readonly file: string,
    private readonly command: (name: string, instanceId: string) => { script: string; env: NodeJS.ProcessEnv },
    /** What the installation consists of: those that are not started here are run by somebody else. */
    private readonly table: readonly InstalledProcess[],
  ) {}

  async listen(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    writeFileSync(this.file, JSON.stringify({ url: `http://127.0.0.1:${port}`, token: this.token }), {
      mode: 0o600,
    });
  }

  async start(name: string): Promise<void> {
    const instanceId = randomUUID();
    const { script, env } = this.command(name, instanceId);
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const before = this.processes.get(name);
    this.processes.set(name, {
      child,
      instanceId,
      starts: (before?.starts ?? 0) + 1,
      startedAt: new Date().toISOString(),
      highestToken: before?.highestToken ?? 0,
    });
    await once(child.stdout, 'data');
  }

  kill(name: string, signal: NodeJS.Signals): void {
    this.processes.get(name)!.child.kill(signal);
  }

  starts(name: string): number {
    return this.processes.get(name)?.starts ?? 0;
  }

  /** What the supervisor's own rule writes when it has restarted something. */
  recordOwnRestart(name: string, diedAt: string, readyAt: string): void {
    this.journal.push({ n: this.journal.length + 1, kind: 'exit', process: name, by: 'supervisor', diedAt });
    this.journal.push({
      n: this.journal.length + 1,
      kind: 'restart',
      process: name,
      by: 'supervisor',
      diedAt,
      readyAt,
    });
  }

  async stop(): Promise<void> {
    for (const { child } of this.processes.values()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, 'http://supervisor');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${this.token}`) return void send(401, {});
    this.requests.push(`${request.method} ${pathname}`);
    if (pathname === '/status') return void send(200, { processes: this.status() });
    if (pathname === '/journal') {
      const after = Number(searchParams.get('after') ?? 0);
      return void send(200, { entries: this.journal.filter(({ n }) => n > after) });
    }
    if (pathname.startsWith('/actions/')) {
      const action = this.actions.get(pathname.slice('/actions/'.length));
      return void (action ? send(200, action) : send(404, {}));
    }
    const asked = JSON.parse(Buffer.concat(chunks).toString()) as {
      name: string;
      actionKey: string;
      token: number;
    };
    const known = this.actions.get(asked.actionKey);
    if (known) return void send(202, known);
    const process = this.processes.get(asked.name);
    if (!process) return void send(404, {});
    if (asked.token < process.highestToken) return void send(409, { code: 'stale_token' });
    process.highestToken = asked.token;
    const action: Action = { actionKey: asked.actionKey, name: asked.name, outcome: 'running' };
    this.actions.set(asked.actionKey, action);
    void this.restart(action);
    send(202, action);
  }

  private async restart(action: Action): Promise<void> {
    await this.held;
    const { child } = this.processes.get(action.name)!;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await this.start(action.name);
    action.outcome = 'done';
  }

  private status() {
    return this.table.map(({ name, kind, restartedBy }) => {
      const row = { name, kind, restartedBy };
      const process = this.processes.get(name);
      if (!process) return { ...row, pid: null, state: 'ready', instanceId: null, startedAt: null, restarts: 0 };
      const { child, instanceId, starts, startedAt } = process;
      const dead = child.exitCode !== null || child.signalCode !== null;
      return {
        ...row,
        pid: dead ? null : child.pid,
        state: dead ? 'failed' : 'ready',
        instanceId,
        startedAt,
        restarts: starts - 1,
      };
    });
  }
}
