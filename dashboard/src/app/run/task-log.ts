import { DestroyRef, Injectable, inject, signal } from '@angular/core';
import type { TaskLive } from '@agencyos/contracts';
import { LiveClient } from '../live/live-client';

export interface LogLine {
  at: string;
  attempt: number;
  text: string;
}

/** Lines kept per task. */
const KEPT = 500;

/** The lines that came since this page was opened. */
@Injectable()
export class TaskLog {
  private readonly byTask = signal<ReadonlyMap<string, readonly LogLine[]>>(new Map());
  private runId?: string;

  constructor() {
    const stop = inject(LiveClient).hear((runId, progress) => {
      if (runId === this.runId) this.heard(progress);
    });
    inject(DestroyRef).onDestroy(stop);
  }

  of(taskId: string): readonly LogLine[] {
    return this.byTask().get(taskId) ?? [];
  }

  follow(runId: string): void {
    if (this.runId === runId) return;
    this.runId = runId;
    this.byTask.set(new Map());
  }

  private heard({ taskId, attempt, at, line }: TaskLive): void {
    const lines = this.byTask().get(taskId) ?? [];
    const last = lines.at(-1);
    // A heartbeat repeats the last line.
    if (line === undefined || (last?.text === line && last.attempt === attempt)) return;
    this.byTask.update((all) =>
      new Map(all).set(taskId, [...lines.slice(1 - KEPT), { at, attempt, text: line }]),
    );
  }
}
