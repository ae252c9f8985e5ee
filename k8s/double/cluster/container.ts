import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Loose } from '../../support/objects.js';
import type { Clock } from './clock.js';
import { NotYet } from './configuration.js';
import { expand } from './environment.js';
import type { Image } from './images.js';
import type { Network } from './network.js';
import { Probe, type Probed } from './probes.js';
import { INFO_FD, sandboxed, type Sandbox } from './sandbox.js';

const KEPT_LINES = 1_000;
const FIRST_BACK_OFF_SECONDS = 10;
const LONGEST_BACK_OFF_SECONDS = 300;
const FORGET_BACK_OFF_SECONDS = 600;

/** What a container needs of its pod. */
export interface Surroundings {
  network: Network;
  clock: Clock;
  address: string;
  enter: string[];
  graceSeconds: number;
  restartPolicy: 'Always' | 'OnFailure' | 'Never';
  /** @throws NotYet while something is missing */
  environment(container: Loose): Record<string, string>;
  sandbox(container: Loose, image: Image): Sandbox;
  image(name: string): Image;
  event(reason: string, message: string): void;
  changed(): void;
}

/** One container of a pod: its process, started again as its pod says, and what its probes say of it. */
export class Container {
  /** `Running`, `Completed`, `Error`, `CrashLoopBackOff`, … as `kubectl get pods` has it. */
  reason = 'ContainerCreating';
  started = false;
  ready = false;
  restarts = 0;
  exitCode: number | undefined;
  readonly lines: string[] = [];
  private process: ChildProcess | undefined;
  /** Process 1 of the container. */
  private first: number | undefined;
  private told: Promise<unknown> = Promise.resolve();
  private env: Record<string, string> = {};
  private probes: Probe[] = [];
  private over = false;
  private wake: () => void = () => undefined;

  constructor(
    readonly spec: Loose,
    private readonly pod: Surroundings,
  ) {}

  /** Resolves when it has ended for good. @returns whether it ended well */
  async run(): Promise<boolean> {
    const { restartPolicy, clock } = this.pod;
    for (let backOff = 0; !this.over;) {
      const startedAt = performance.now();
      const code = await this.once();
      if (this.over || restartPolicy === 'Never' || (restartPolicy === 'OnFailure' && code === 0)) break;
      if (performance.now() - startedAt > FORGET_BACK_OFF_SECONDS * clock.backOffSecondMs) backOff = 0;
      if (code !== undefined) this.restarts++;
      if (backOff > 0) {
        if (code !== undefined) this.become('CrashLoopBackOff');
        this.pod.event('BackOff', `Back-off restarting failed container ${this.spec.name}`);
        await this.pause(backOff * clock.backOffSecondMs);
      }
      backOff = Math.min(backOff * 2 || FIRST_BACK_OFF_SECONDS, LONGEST_BACK_OFF_SECONDS);
    }
    return this.exitCode === 0;
  }

  /** preStop, the image's signal, and SIGKILL when the grace is over; resolves when it has ended. */
  async stop(graceSeconds = this.pod.graceSeconds): Promise<void> {
    this.over = true;
    this.wake();
    await this.end(graceSeconds);
  }

  /** As a crash: SIGKILL to all of it; whether it is started again is the pod's. */
  kill(): void {
    // Ended before it has said which is its first process, bubblewrap leaves that one behind, for ever.
    void this.told.then(() => this.first && signal(this.first, 'SIGKILL'));
  }

  exec: Probed['exec'] = async (command, timeoutMs) => {
    const pid = this.main();
    if (!pid) return 'the container does not run';
    const spaces = ['--user', '--net', '--mount', '--pid', '--ipc', '--uts', '--preserve-credentials'];
    const child = spawn('nsenter', ['--target', String(pid), ...spaces, '--', ...command], {
      ...{ env: this.env, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += String(text)));
    const late = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(late);
    return code === 0 ? undefined : `command ended with ${code ?? 'no answer in time'}: ${said.trim()}`;
  };

  /** @returns its exit code; undefined where it could not be started */
  private async once(): Promise<number | undefined> {
    try {
      await this.start();
    } catch (error) {
      if (!(error instanceof NotYet)) throw error;
      this.become('CreateContainerConfigError');
      this.pod.event('Failed', `Error: ${error.message}`);
      await this.pause(this.pod.clock.secondMs);
      return undefined;
    }
    const [code, by] = (await once(this.process!, 'close')) as [number | null, NodeJS.Signals | null];
    for (const probe of this.probes.splice(0)) probe.stop();
    [this.process, this.first, this.started, this.ready] = [undefined, undefined, false, false];
    this.exitCode = by ? 137 : (code ?? 1);
    this.become(this.exitCode === 0 ? 'Completed' : 'Error');
    return this.exitCode;
  }

  private async start(): Promise<void> {
    const { spec, pod } = this;
    const image = pod.image(spec.image);
    this.env = { ...image.env, ...pod.environment(spec) };
    const given = (text: string) => expand(text, this.env);
    const command = [...(spec.command ?? image.entrypoint), ...(spec.args ?? (spec.command ? [] : image.command))].map(given);
    const [program, ...args] = [...pod.enter, ...sandboxed(pod.sandbox(spec, image)), ...command];
    const child = spawn(program!, args, { env: this.env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], cwd: '/' });
    this.process = child;
    for (const stream of [child.stdout!, child.stderr!])
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        if (this.lines.length > KEPT_LINES) this.lines.shift();
      });
    let info = '';
    this.told = once(child.stdio[INFO_FD]!, 'close');
    child.stdio[INFO_FD]!.on('data', (text: Buffer) => {
      info += String(text);
      this.first ??= Number(/"child-pid": (\d+)/.exec(info)?.[1]) || undefined;
    });
    this.become('Running');
    this.probe();
  }

  private probe(): void {
    const { spec, pod } = this;
    const ports = Object.fromEntries((spec.ports ?? []).map(({ name, containerPort }: Loose) => [name, containerPort]));
    const of = { address: pod.address, ports, exec: this.exec };
    const ask = (kind: 'Startup' | 'Readiness' | 'Liveness', onOutcome: (ok: boolean) => void) => {
      const probe = spec[`${kind.toLowerCase()}Probe`];
      if (!probe) return onOutcome(true);
      const asked = new Probe(probe, of, pod.network, pod.clock, (ok, why) => {
        if (!ok) pod.event('Unhealthy', `${kind} probe failed: ${why}`);
        if (this.probes.includes(asked)) onOutcome(ok);
        if (ok && kind === 'Startup') asked.stop();
      });
      this.probes.push(asked);
    };
    const restart = (ok: boolean) => {
      if (!ok) void this.end(pod.graceSeconds);
    };
    ask('Startup', (ok) => {
      if (!ok) return restart(false);
      if (this.started) return;
      this.started = true;
      ask('Readiness', (ready) => {
        if (this.ready === ready) return;
        this.ready = ready;
        pod.changed();
      });
      ask('Liveness', restart);
    });
  }

  private async end(graceSeconds: number): Promise<void> {
    const child = this.process;
    for (const probe of this.probes.splice(0)) probe.stop();
    if (!child) return;
    const ended = once(child, 'close');
    const late = setTimeout(() => this.kill(), graceSeconds * this.pod.clock.secondMs);
    const { sleep, exec } = this.spec.lifecycle?.preStop ?? {};
    if (graceSeconds > 0 && sleep) await Promise.race([ended, delay(sleep.seconds * this.pod.clock.secondMs)]);
    if (graceSeconds > 0 && exec) {
      const why = await this.exec(exec.command, graceSeconds * this.pod.clock.secondMs);
      if (why) this.pod.event('FailedPreStopHook', why);
    }
    await this.told;
    const main = this.main();
    if (main) signal(main, this.pod.image(this.spec.image).stopSignal ?? 'SIGTERM');
    else this.kill();
    await ended;
    clearTimeout(late);
  }

  /** The command itself, which process 1 of the container has started. */
  private main(): number | undefined {
    if (!this.first) return undefined;
    try {
      return Number(readFileSync(`/proc/${this.first}/task/${this.first}/children`, 'utf8').split(' ')[0]) || undefined;
    } catch {
      return undefined; // it ended meanwhile
    }
  }

  private become(reason: string): void {
    this.reason = reason;
    this.pod.changed();
  }

  private async pause(ms: number): Promise<void> {
    const woken = new Promise<void>((resolve) => (this.wake = resolve));
    const waited = new AbortController();
    await Promise.race([woken, delay(ms, undefined, { signal: waited.signal }).catch(() => undefined)]);
    waited.abort();
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended meanwhile
  }
}
