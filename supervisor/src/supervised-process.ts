import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exit } from './journal.js';
import { LogFile } from './log-file.js';
import type { ProcessSpec } from './process-spec.js';

export type ProcessState = 'starting' | 'ready' | 'stopped' | 'failed';

/** What the table says of it. */
type Told = Pick<ProcessSpec, 'name' | 'replicaOf' | 'kind' | 'restartedBy'>;

/** One process as the control socket shows it. */
export interface ProcessStatus extends Told {
  pid: number | null;
  state: ProcessState;
  instanceId: string | null;
  startedAt: string | null;
  readyAt: string | null;
  restarts: number;
}

/** The process ended, or did not become ready in time. */
export class NotReady extends Error {
  override name = 'NotReady';
}

const probeEveryMs = 50;
/** Of a process that was not ready in time. */
const lateProbeEveryMs = 1_000;
const tailLines = 12;

/** Starts, watches and stops one process. It lives in a process group of its own and holds a pipe of ours as its
 *  stdin, so it sees our end whatever causes it. */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();
  private stopping = false;
  private retired = false;
  private starts = 0;
  private tail = '';
  private readonly log: LogFile;
  private status_: Omit<ProcessStatus, keyof Told | 'restarts'> = {
    pid: null,
    state: 'stopped',
    instanceId: null,
    startedAt: null,
    readyAt: null,
  };
  /** Last unexpected or requested end, for the journal. */
  lastEnd: { exit: Exit; diedAt: string } | undefined;

  constructor(
    readonly spec: ProcessSpec,
    logPath: string,
    private readonly readyTimeoutMs: number,
    /** Told of every end that `stop` did not cause. */
    private readonly onDeath: (process: SupervisedProcess) => void,
  ) {
    this.log = new LogFile(logPath);
  }

  get name(): string {
    return this.spec.name;
  }

  get logPath(): string {
    return this.log.path;
  }

  get running(): boolean {
    return this.child !== undefined;
  }

  get status(): ProcessStatus {
    const { name, replicaOf, kind, restartedBy } = this.spec;
    return { name, ...(replicaOf && { replicaOf }), kind, restartedBy, ...this.status_, restarts: Math.max(0, this.starts - 1) };
  }

  /** The last lines of output of the present start. */
  get lastOutput(): string {
    return this.tail.split('\n').filter(Boolean).slice(-tailLines).join('\n');
  }

  /** The last thing that it logged. */
  get lastWords(): string {
    const line = this.tail.trimEnd().split('\n').at(-1)!;
    try {
      return (JSON.parse(line) as { msg: string }).msg;
    } catch {
      return line;
    }
  }

  /** It has ended with this code, and would again. */
  refused(code: number): boolean {
    return !this.running && this.lastEnd?.exit.code === code;
  }

  /** What it waited for when it last logged that. */
  get waitsFor(): string | undefined {
    const said = this.tail.split('\n').findLast((line) => line.includes('"msg":"waiting for '));
    return said && waitedFor(said);
  }

  /**
   * @param onReady told when it became ready: in time, or later
   * @throws NotReady when it ends first, or does not become ready in time (then it is left running)
   */
  async start(onReady: (readyAt: string) => void = () => undefined): Promise<void> {
    await this.spec.clear?.();
    const instanceId = randomUUID();
    const { program, args, env, cwd } = await this.spec.start(instanceId);
    if (this.retired) throw new NotReady(`${this.name} is not started any more`);
    const child = spawn(program, args, { env, cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.starts += 1;
    this.tail = '';
    this.child = child;
    this.stopping = false;
    this.status_ = {
      pid: child.pid ?? null,
      state: 'starting',
      instanceId,
      startedAt: new Date().toISOString(),
      readyAt: null,
    };
    this.watch(child);
    await this.untilReady(child, onReady);
  }

  /**
   * Ends it in order: the signal, the grace, then SIGKILL to its group. Resolves when it is gone.
   *
   * @returns whether it ended by itself within the grace
   */
  async stop(graceMs = this.spec.stop.graceMs): Promise<boolean> {
    const { child } = this;
    if (!child?.pid) return true;
    this.stopping = true;
    const { signal, to } = this.spec.stop;
    send(to === 'group' ? -child.pid : child.pid, signal);
    const late = AbortSignal.timeout(Math.max(Math.round(graceMs), 50));
    const forced = new Promise<'late'>((resolve) => late.addEventListener('abort', () => resolve('late'), { once: true }));
    if ((await Promise.race([this.exited, forced])) !== 'late') return true;
    send(-child.pid, 'SIGKILL');
    await this.exited;
    await this.spec.clear?.();
    return false;
  }

  /** From now on no start succeeds: nothing may appear behind the back of a stop. */
  retire(): void {
    this.retired = true;
  }

  closeLog(): void {
    this.log.close();
  }

  private watch(child: ChildProcess): void {
    const keep = (chunk: Buffer) => {
      this.log.write(chunk);
      this.tail = (this.tail + chunk.toString('utf8')).slice(-4_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.stdin?.on('error', () => undefined); // it may end before we do
    this.exited = new Promise((resolve) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null) => {
        if (this.child !== child) return;
        this.child = undefined;
        this.lastEnd = { exit: { code, signal }, diedAt: new Date().toISOString() };
        this.status_ = { ...this.status_, pid: null, state: this.stopping ? 'stopped' : 'failed' };
        if (child.pid) send(-child.pid, 'SIGKILL'); // what is left of its group
        resolve();
        if (!this.stopping) this.onDeath(this);
      };
      child.once('exit', ended);
      child.once('error', (error) => {
        keep(Buffer.from(`${error.message}\n`));
        ended(127, null);
      });
    });
  }

  private async untilReady(child: ChildProcess, onReady: (readyAt: string) => void): Promise<void> {
    const startedAt = performance.now();
    while (this.child === child) {
      if (await this.becomesReady(child, onReady)) return;
      if (performance.now() - startedAt > this.readyTimeoutMs) {
        void this.becomeReadyLater(child, onReady);
        throw new NotReady(`${this.name} runs but was not ready after ${Math.round(this.readyTimeoutMs / 1000)} s`);
      }
      await delay(probeEveryMs);
    }
    const { code, signal } = this.lastEnd?.exit ?? { code: null, signal: null };
    throw new NotReady(`${this.name} ended with ${signal ?? `code ${code}`} before it was ready`);
  }

  private async becomeReadyLater(child: ChildProcess, onReady: (readyAt: string) => void): Promise<void> {
    while (this.child === child && !(await this.becomesReady(child, onReady))) await delay(lateProbeEveryMs);
  }

  private async becomesReady(child: ChildProcess, onReady: (readyAt: string) => void): Promise<boolean> {
    if (!(await this.spec.ready()) || this.child !== child) return false;
    const readyAt = new Date().toISOString();
    this.status_ = { ...this.status_, state: 'ready', readyAt };
    onReady(readyAt);
    return true;
  }
}

/** From the log line of a service: `waiting for …`, and where or why. */
function waitedFor(line: string): string | undefined {
  try {
    const { msg, url, error } = JSON.parse(line) as { msg: string; url?: unknown; error?: unknown };
    const what = msg.slice('waiting for '.length);
    const detail = [url, error].filter((value) => typeof value === 'string');
    return detail.length > 0 ? `${what} (${detail.join(': ')})` : what;
  } catch {
    return undefined; // only its beginning is there yet
  }
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // it ended meanwhile
  }
}
