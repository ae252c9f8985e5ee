import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BackupRecord, type Made, readRecord, writeRecord } from './backup-record.js';
import { type BackupPlan, backupPlan } from './backup-plan.js';
import type { BackupSettings } from './backup-settings.js';

/** What the healer, the dashboard and the command line are told. */
export interface BackupStatus {
  /** When they are made, in words: `every 6 h`. */
  how: string;
  keep: number;
  /** The next ones, the first as it is due now. */
  next: string[];
  /** From when on the last good one is too old. */
  oldAt: string;
  since: string;
  running: boolean;
  lastGood?: Made;
  failed?: { at: string; why: string };
}

/** Writes one to that file. @throws Error whose message says why not */
export type MakeBackup = (file: string, signal: AbortSignal) => Promise<Omit<Made, 'at' | 'file'>>;

const HOUR_MS = 3_600_000;
const SHOWN = 3;
/** The clock may be set meanwhile. */
const LOOK_MS = 60_000;
const UNFINISHED = /^agencyos-[\dTZ-]+\.backup\.part$/;
/** One that was written to since may be another installation's, which is at work on it. */
const GIVEN_UP_MS = HOUR_MS;

/** Makes a backup whenever one is due and removes the oldest of its own; others' files stay. */
export class Backups {
  private readonly file: string;
  private readonly plan: BackupPlan;
  private record: BackupRecord;
  private running = false;
  private readonly stopping = new AbortController();
  private working: Promise<void> = Promise.resolve();

  constructor(
    private readonly settings: BackupSettings,
    dataDir: string,
    private readonly make: MakeBackup,
    private readonly now: () => number = Date.now,
  ) {
    this.file = join(dataDir, 'backups.json');
    this.record = readRecord(this.file, now());
    this.plan = backupPlan(settings, now());
  }

  status(): BackupStatus {
    const { since, failed } = this.record;
    const lastGood = this.present().at(-1);
    const nextAt = this.now() + this.dueInMs();
    return {
      ...{ how: this.plan.how, keep: this.settings.keep, since, running: this.running },
      next: [nextAt, ...this.plan.coming(nextAt)].slice(0, SHOWN).map((at) => new Date(at).toISOString()),
      oldAt: new Date(this.plan.oldAfter(Date.parse(lastGood?.at ?? since))).toISOString(),
      ...{ ...(lastGood && { lastGood }), ...(failed && { failed }) },
    };
  }

  /** Until `stop`. */
  start(): void {
    this.working = this.work(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.working;
  }

  /** ms until the next one is due. */
  dueInMs(): number {
    const { failed } = this.record;
    const last = this.present().at(-1);
    const next = last ? this.plan.dueAfter(Date.parse(last.at)) : 0;
    const again = failed ? Date.parse(failed.at) + this.plan.retryMs : 0;
    return Math.max(0, Math.max(next, again) - this.now());
  }

  /** Makes one now, whatever is due. */
  async once(signal: AbortSignal): Promise<void> {
    const at = new Date(this.now()).toISOString();
    const file = join(this.settings.to, `agencyos-${at.replace(/\.\d+/, '').replaceAll(':', '-')}.backup`);
    this.running = true;
    try {
      this.prepareFolder();
      const made = { at, file, ...(await this.make(file, signal)) };
      this.record = { since: this.record.since, made: await this.pruned([...this.present(), made]) };
    } catch (error) {
      await rm(`${file}.part`, { force: true }).catch(() => undefined); // its folder may be none
      if (signal.aborted) return;
      this.record = { ...this.record, failed: { at, why: (error as Error).message } };
    } finally {
      this.running = false;
    }
    await writeRecord(this.file, this.record);
  }

  private async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = this.dueInMs();
      if (waitMs === 0) await this.once(signal).catch(() => undefined); // the record could not be written: told by its age
      await delay(Math.min(waitMs || 1_000, LOOK_MS), undefined, { signal }).catch(() => undefined);
    }
  }

  /** What an interrupted one left there is of no use. */
  private prepareFolder(): void {
    mkdirSync(this.settings.to, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.settings.to)) {
      const path = join(this.settings.to, name);
      const writtenAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
      if (UNFINISHED.test(name) && this.now() - writtenAt > GIVEN_UP_MS) void rm(path, { force: true });
    }
  }

  private async pruned(made: Made[]): Promise<Made[]> {
    const kept = made.slice(-this.settings.keep);
    for (const { file } of made.filter((one) => !kept.includes(one))) await rm(file, { force: true });
    return kept;
  }

  /** One that somebody has removed is none. */
  private present(): Made[] {
    return this.record.made.filter(({ file }) => existsSync(file));
  }
}
