import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Loose } from '../support/objects.js';
import { LocalProcess, type LocalImage } from './local-process.js';
import { ApiError } from './requests.js';
import type { Kind, Stored } from './stored.js';

/** How an image is pulled here: none stands for a registry that has it not. */
export type Images = (name: string) => LocalImage | undefined;

/** A probe's second is shorter here. */
const PROBE_MS = 50;

type State = Record<string, Loose>;

/** A pod of a Job: its containers one after the other as a kubelet runs them, what they are told of in its status. */
export class JobPod {
  readonly ended: Promise<void>;
  over = false;
  private readonly folder = mkdtempSync(join(tmpdir(), 'agencyos-job-'));
  private readonly volumes = new Map<string, string>();
  private readonly processes = new Map<string, LocalProcess>();
  private readonly states = new Map<string, State>();
  private reason: string | undefined;
  private terminating: NodeJS.Timeout | undefined;
  private killAt = Infinity;
  private stop: () => void = () => undefined;
  private readonly stopped = new Promise<void>((resolve) => (this.stop = resolve));

  constructor(
    private readonly stored: Stored,
    private readonly kind: Kind,
    private readonly pod: Loose,
    private readonly images: Images,
  ) {
    for (const { name } of pod.spec.volumes ?? []) {
      this.volumes.set(name, join(this.folder, name));
      mkdirSync(join(this.folder, name));
    }
    this.ended = this.run().finally(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  get name(): string {
    return this.pod.metadata.name;
  }

  /** @throws ApiError where the container has not begun */
  log(container: string) {
    const process = this.processes.get(container);
    if (!process) throw new ApiError(400, 'BadRequest', `container "${container}" in pod "${this.name}" is waiting to start`);
    return process.log;
  }

  /** SIGTERM, and SIGKILL when the grace is over; again with less, and that counts, with more it does not. */
  terminate(seconds: number = this.pod.spec.terminationGracePeriodSeconds, reason?: string): void {
    this.reason ??= reason;
    this.stop();
    const sidecars = this.sidecars().map(({ name }) => name);
    for (const [name, process] of this.processes) if (!sidecars.includes(name)) process.signal('SIGTERM');
    const killAt = performance.now() + seconds * 1_000;
    if (killAt >= this.killAt) return;
    this.killAt = killAt;
    clearTimeout(this.terminating);
    this.terminating = setTimeout(() => this.kill(), seconds * 1_000);
  }

  private kill(): void {
    for (const process of this.processes.values()) process.signal('SIGKILL');
  }

  private async run(): Promise<void> {
    const { initContainers = [], containers } = this.pod.spec;
    let failed = true;
    try {
      for (const spec of initContainers) {
        const process = await this.start(spec);
        if (!process || !(await this.hasStarted(spec, process))) return;
        if (spec.restartPolicy !== 'Always' && (await this.end(spec, process)) !== 0) return;
      }
      const main = await Promise.all(containers.map((spec: Loose) => this.start(spec)));
      const codes = await Promise.all(containers.map((spec: Loose, at: number) => main[at] && this.end(spec, main[at])));
      failed = codes.some((code) => code !== 0);
    } finally {
      await this.endSidecars();
      clearTimeout(this.terminating);
      this.over = true;
      this.write(failed ? 'Failed' : 'Succeeded');
    }
  }

  /** Waits for its image; undefined where the pod is ended before. */
  private async start(spec: Loose): Promise<LocalProcess | undefined> {
    const image = this.images(spec.image);
    if (!image) {
      const message = `Back-off pulling image "${spec.image}": not found`;
      this.become(spec, { waiting: { reason: 'ImagePullBackOff', message } });
      await this.stopped;
    }
    if (!image || this.terminating) return undefined;
    const process = new LocalProcess(spec, image, this.volumes);
    this.processes.set(spec.name, process);
    this.become(spec, { running: { startedAt: new Date().toISOString() } });
    return process;
  }

  /** Whether its startup probe has said so before it ended. */
  private async hasStarted({ startupProbe }: Loose, process: LocalProcess): Promise<boolean> {
    if (!startupProbe) return true;
    let ended = false;
    void process.ended.then(() => (ended = true));
    while (!ended && !this.terminating) {
      if (await process.exec(startupProbe.exec.command)) return true;
      await delay(PROBE_MS);
    }
    return false;
  }

  private async end(spec: Loose, process: LocalProcess): Promise<number> {
    const terminated = await process.ended;
    this.become(spec, { terminated });
    return terminated.exitCode;
  }

  /** They are told when all others have ended, and have the pod's grace. */
  private async endSidecars(): Promise<void> {
    const running = this.sidecars().flatMap(({ name }) => this.processes.get(name) ?? []);
    for (const process of running) process.signal('SIGTERM');
    const late = setTimeout(() => this.kill(), this.pod.spec.terminationGracePeriodSeconds * 1_000);
    await Promise.all(running.map(({ ended }) => ended));
    clearTimeout(late);
  }

  private sidecars(): Loose[] {
    return (this.pod.spec.initContainers ?? []).filter(({ restartPolicy }: Loose) => restartPolicy === 'Always');
  }

  private become(spec: Loose, state: State): void {
    this.states.set(spec.name, state);
    this.write(this.pod.spec.initContainers?.some(({ name }: Loose) => name === spec.name) ? 'Pending' : 'Running');
  }

  private write(phase: string): void {
    const of = (specs: Loose[] = []) =>
      specs.map(({ name, image }) => ({
        name,
        image,
        state: this.states.get(name) ?? { waiting: { reason: 'PodInitializing' } },
      }));
    const status = {
      ...{ phase, podIP: '127.0.0.1', ...(this.reason && { reason: this.reason }) },
      ...{ initContainerStatuses: of(this.pod.spec.initContainers), containerStatuses: of(this.pod.spec.containers) },
    };
    const place = { ...this.kind, name: this.name };
    if (this.stored.find(place)) this.stored.patch({ ...place, body: { status } });
  }
}
