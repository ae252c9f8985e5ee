import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { done, note } from '../bin/progress.mjs';
import { Problem } from '../bin/problem.mjs';
import type { Journal } from './journal.js';
import type { ProcessSpec } from './process-spec.js';
import { SupervisedProcess, type ProcessStatus } from './supervised-process.js';

/** Durations in milliseconds. */
export interface Timings {
  readyTimeoutMs: number;
  /** First pause before a restart by the supervisor's own rule; it doubles up to the second. */
  backoffMs: [first: number, most: number];
  /** After so long without a healthy healer the supervisor restarts everything itself. */
  healerAbsentMs: number;
  healerProbeEveryMs: number;
  /** The whole ordered stop. */
  stopLimitMs: number;
}

export const defaultTimings: Timings = {
  readyTimeoutMs: 60_000,
  backoffMs: [200, 5_000],
  healerAbsentMs: 15_000,
  healerProbeEveryMs: 2_000,
  stopLimitMs: 9_000,
};

const firstStartAttempts = 5;
/** Exit code of who would end the same way again: another version has to be started. */
const neverAgain = 78;
/** Kept for each later step of an ordered stop. */
const stopReserveMs = 700;
/** What a process waits for at its first start is looked up so often. */
const tellEveryMs = 500;
/** From then on its readiness is asked, too: before, it names what is just being made. */
const slowStartMs = 3_000;
/** A process that ran this long starts its backoff anew. */
const stableMs = 30_000;

/** Starts the processes in order, restarts them by the rules, stops them in order. */
export class Supervisor {
  private readonly processes: Map<string, SupervisedProcess>;
  private readonly queues = new Map<string, Promise<unknown>>();
  private readonly backoff = new Map<string, number>();
  private healerSeenAt = performance.now();
  private started = false;
  /** Those whose first start is over: from then on their deaths are repaired, also while others are still starting. */
  private readonly up = new Set<SupervisedProcess>();
  private stopping: Promise<void> | undefined;
  private readonly safetyNet: NodeJS.Timeout;

  constructor(
    specs: readonly ProcessSpec[],
    logsFolder: string,
    readonly journal: Journal,
    private readonly timings: Timings = defaultTimings,
  ) {
    const make = (spec: ProcessSpec) =>
      new SupervisedProcess(spec, join(logsFolder, `${spec.name}.log`), timings.readyTimeoutMs, (process) =>
        this.onDeath(process),
      );
    this.processes = new Map(specs.map((spec) => [spec.name, make(spec)]));
    this.safetyNet = setInterval(() => void this.watchHealer(), timings.healerProbeEveryMs);
  }

  status(): ProcessStatus[] {
    return [...this.processes.values()].map((process) => process.status);
  }

  has(name: string): boolean {
    return this.processes.has(name);
  }

  /** @throws Problem when a process does not come up; then nothing is left running */
  async startAll(): Promise<void> {
    const specs = [...this.processes.values()];
    const waves = [...new Set(specs.map(({ spec }) => spec.wave))].sort((a, b) => a - b);
    try {
      for (const wave of waves) {
        await Promise.all(specs.filter(({ spec }) => spec.wave === wave).map((process) => this.firstStart(process)));
      }
    } catch (error) {
      await this.stopAll();
      throw error;
    }
    this.healerSeenAt = performance.now();
    this.started = true;
  }

  /** Restarts a process on request, once its earlier restarts are over. Resolves when it is ready again. */
  restart(name: string, actionKey: string, by: 'healer' | 'person'): Promise<void> {
    const process = this.processes.get(name);
    if (!process) throw new Error(`there is no process ${name}`);
    return this.inTurn(process, async () => {
      const running = process.running;
      if (running) await process.stop();
      const { exit = null, diedAt = new Date().toISOString() } = process.lastEnd ?? {};
      await process.start((readyAt) =>
        this.journal.add({ kind: 'restart', process: name, exit, diedAt, readyAt, by, actionKey }),
      );
    });
  }

  /** Ends everything in order, within the limit. May be called more than once. */
  stopAll(): Promise<void> {
    return (this.stopping ??= this.stopInOrder());
  }

  private async stopInOrder(): Promise<void> {
    clearInterval(this.safetyNet);
    const all = [...this.processes.values()];
    for (const process of all) process.retire();
    const deadline = performance.now() + this.timings.stopLimitMs;
    const orders = [...new Set(all.map(({ spec }) => spec.stopOrder))].sort((a, b) => a - b);
    for (const [index, order] of orders.entries()) {
      // who is slow may have what the others do not need, but never the share of those that stop later
      const reserved = (orders.length - 1 - index) * stopReserveMs;
      const left = deadline - performance.now() - reserved;
      await Promise.all(
        all
          .filter(({ spec }) => spec.stopOrder === order)
          .map((process) => this.stopOne(process, Math.min(process.spec.stop.graceMs, left))),
      );
    }
    for (const process of all) process.closeLog();
  }

  private async stopOne(process: SupervisedProcess, graceMs: number): Promise<void> {
    const startedAt = performance.now();
    if (await process.stop(graceMs)) return;
    done(`${process.name} did not stop by itself and was killed; its log is ${process.logPath}`, startedAt);
  }

  private async firstStart(process: SupervisedProcess): Promise<void> {
    const startedAt = performance.now();
    let [pause] = this.timings.backoffMs;
    for (let attempt = 1; ; attempt++) {
      const telling = this.tellWhatItWaitsFor(process);
      try {
        await process.start();
        this.up.add(process);
        done(`${process.name} is ready`, startedAt);
        return;
      } catch (error) {
        if (this.stopping) throw error;
        if (process.refused(neverAgain)) throw new Problem(`${process.name} cannot start here: ${process.lastWords}`);
        if (process.running || attempt === firstStartAttempts) throw this.notStarted(process, error as Error);
        await delay(pause);
        pause *= 2;
      } finally {
        clearInterval(telling);
      }
    }
  }

  /** A start that takes long says why, once for each reason: what the process logs, later what its readiness lacks. */
  private tellWhatItWaitsFor(process: SupervisedProcess): NodeJS.Timeout {
    const startedAt = performance.now();
    const told = new Set<string>();
    const tell = async () => {
      const slow = performance.now() - startedAt >= slowStartMs;
      const what = process.waitsFor ?? (slow ? (await process.spec.missing?.())?.join(', ') : undefined);
      if (!what || told.has(what) || process.status.state !== 'starting') return;
      told.add(what);
      note(`${process.name} is waiting for ${what}`);
    };
    return setInterval(() => void tell(), tellEveryMs);
  }

  private notStarted(process: SupervisedProcess, error: Error): Problem {
    const output = process.lastOutput;
    const lines = output ? `\nIts last lines were:\n${output.replaceAll(/^/gm, '    ')}` : '';
    return new Problem(`${error.message}: look into ${process.logPath} and start again.${lines}`);
  }

  private onDeath(process: SupervisedProcess): void {
    if (this.stopping || !process.lastEnd) return;
    const { exit, diedAt } = process.lastEnd;
    this.journal.add({ kind: 'exit', process: process.name, exit, diedAt });
    if (this.up.has(process) && process.refused(neverAgain)) note(`${process.name} is not started again: ${process.lastWords}`);
    if (this.up.has(process) && process.spec.restartedBy === 'supervisor') void this.revive(process);
  }

  /** The supervisor's own rule: again and again, with growing pauses, until it is ready. */
  private revive(process: SupervisedProcess): Promise<void> {
    return this.inTurn(process, async () => {
      if (process.running || !process.lastEnd) return;
      const { name } = process;
      const { exit, diedAt } = process.lastEnd;
      const ours = () => process.spec.restartedBy === 'supervisor' || this.healerIsAbsent();
      while (!this.stopping && !process.running && !process.refused(neverAgain) && ours()) {
        await delay(this.nextPause(process));
        try {
          await process.start((readyAt) =>
            this.journal.add({ kind: 'restart', process: name, exit, diedAt, readyAt, by: 'supervisor' }),
          );
        } catch (error) {
          // its death is in the journal, its reason in its log; the next pause is longer
          if (process.running) note(`${(error as Error).message}; its log is ${process.logPath}`);
        }
      }
    });
  }

  private healerIsAbsent(): boolean {
    return performance.now() - this.healerSeenAt >= this.timings.healerAbsentMs;
  }

  private nextPause(process: SupervisedProcess): number {
    const [first, most] = this.timings.backoffMs;
    const { readyAt } = process.status;
    const { diedAt } = process.lastEnd ?? {};
    const ranMs = readyAt && diedAt ? Date.parse(diedAt) - Date.parse(readyAt) : 0;
    const pause = ranMs > stableMs ? first : (this.backoff.get(process.name) ?? first);
    this.backoff.set(process.name, Math.min(pause * 2, most));
    return pause;
  }

  /** Restarts of one process happen one after another. */
  private inTurn<T>(process: SupervisedProcess, action: () => Promise<T>): Promise<T> {
    const before = this.queues.get(process.name) ?? Promise.resolve();
    const result = before.then(action);
    this.queues.set(
      process.name,
      result.catch(() => undefined),
    );
    return result;
  }

  /** Nobody would restart the others while the healer itself cannot be brought back: then we do. */
  private async watchHealer(): Promise<void> {
    if (!this.started || this.stopping) return;
    const healers = [...this.processes.values()].filter(({ spec: { name, replicaOf } }) => (replicaOf ?? name) === 'healer');
    for (const healer of healers) {
      if (healer.status.state === 'ready' && (await healer.spec.ready())) this.healerSeenAt = performance.now();
    }
    if (!this.healerIsAbsent()) return;
    for (const process of this.processes.values()) {
      if (!process.running && process.lastEnd && !healers.includes(process)) void this.revive(process);
    }
  }
}
