import { Injectable, computed, inject, signal } from '@angular/core';
import type { RunRow, TaskRow } from '@agencyos/contracts';
import { v7 } from 'uuid';
import { KnownTime } from '../live/known-time';
import { liveProgress, liveView } from '../live/live-client';
import { Outbox } from '../session/outbox';
import { Overview } from '../shell/overview';
import { leaseAt, type LeaseLook } from '../ui/pure/lease';
import { alongGroups } from './pure/along-groups';
import { criticalPath } from './pure/critical-path';
import { layoutGraph, type GraphTask } from './pure/graph-layout';
import { nobodyFor } from './pure/task-look';
import { timelineOf } from './pure/timeline';

/** One run as the page shows it. */
@Injectable()
export class RunStore {
  private readonly outbox = inject(Outbox);
  private readonly overview = inject(Overview);
  private readonly time = inject(KnownTime);
  readonly runId = signal<string | undefined>(undefined);
  private readonly view = liveView('run', this.runId);
  private readonly progressOf = liveProgress(computed(() => [this.runId()].filter((id) => id !== undefined)));

  readonly status = computed(() => this.view()?.status() ?? 'loading');
  readonly run = computed(() => this.view()?.row('run'));
  private readonly rows = computed(() => this.view()?.list('task') ?? []);
  private readonly placed = computed(() => alongGroups(this.rows()));
  /** A sentence for each role that something waits for and nobody has. */
  readonly unserved = computed(() => [
    ...new Set(this.rows().flatMap((task) => nobodyFor(task, this.overview.roles()) ?? [])),
  ]);
  private readonly byId = computed(() => new Map(this.rows().map((task) => [task.taskId, task])));

  private readonly structure = computed<GraphTask[]>(
    () =>
      [...this.placed()].sort(byPlan).map(({ taskId, title, kind, needs, routes, handoffs }) => ({
        taskId,
        gate: kind === 'gate',
        label: kind === 'gate' ? title : taskId,
        needs,
        routes: [...new Set([...(routes ?? []), ...handoffs.map(({ toRole }) => toRole)])],
      })),
    { equal: (a, b) => JSON.stringify(a) === JSON.stringify(b) },
  );
  readonly drawing = computed(() => layoutGraph(this.structure()));

  /** In the order of the drawing: from left to right, then from top to bottom. */
  readonly tasks = computed(() => {
    const byId = this.byId();
    return this.drawing()
      .nodes.filter(({ route }) => route === undefined)
      .sort((a, b) => a.x - b.x || a.y - b.y)
      .flatMap(({ taskId }) => byId.get(taskId) ?? []);
  });
  readonly critical = computed(() => criticalPath(this.placed(), this.now()));
  readonly timeline = computed(() => {
    const run = this.run();
    return run && timelineOf(run, this.tasks(), this.now());
  });

  task(taskId: string): TaskRow | undefined {
    return this.byId().get(taskId);
  }

  now(): number {
    return this.run()?.endedAt ? Date.now() : this.time.now();
  }

  line(taskId: string): string | undefined {
    const runId = this.runId();
    return runId ? this.progressOf(runId, taskId)?.line : undefined;
  }

  lease({ taskId, state, attempt, startedAt, leaseMs }: TaskRow): LeaseLook | undefined {
    const runId = this.runId();
    if (!runId || leaseMs === undefined || (state !== 'leased' && state !== 'stopping')) return undefined;
    const progress = this.progressOf(runId, taskId);
    const said = progress?.attempt === attempt ? progress.at : startedAt;
    return leaseAt(said, leaseMs, this.time.now(), this.time.listeningSince());
  }

  retry(taskId: string): Promise<unknown> {
    return this.outbox.command('swarm', 'RequeueTask', { runId: this.shown().runId, taskId });
  }

  cancelTask(taskId: string): Promise<unknown> {
    return this.outbox.command('swarm', 'CancelTask', { runId: this.shown().runId, taskId });
  }

  cancel(): Promise<unknown> {
    return this.outbox.command('swarm', 'CancelRun', { runId: this.shown().runId });
  }

  /** The same workflow with the same input, as a new run; returns its id. */
  async again(): Promise<string> {
    const { workflowId, name, input, boardId } = this.shown();
    const runId = v7();
    await this.outbox.command('swarm', 'StartRun', {
      runId,
      workflowId,
      name,
      input,
      cause: { kind: 'manual' },
      ...(boardId && { boardId }),
    });
    return runId;
  }

  /** @throws Error before the run was read: nobody can act on it then */
  private shown(): RunRow {
    const run = this.run();
    if (!run) throw new Error('No run is open');
    return run;
  }
}

const byPlan = (a: TaskRow, b: TaskRow) =>
  a.needs.length - b.needs.length || a.taskId.localeCompare(b.taskId, 'en', { numeric: true });
