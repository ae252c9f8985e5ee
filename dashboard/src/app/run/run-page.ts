import { Dialog } from '@angular/cdk/dialog';
import {
  ChangeDetectionStrategy,
  Component,
  computed,
  effect,
  inject,
  input,
  viewChild,
} from '@angular/core';
import { Router, RouterLink } from '@angular/router';
import type { TaskRow } from '@agencyos/contracts';
import { isProblem, wordsOf } from '../session/api';
import { Session } from '../session/session';
import { breadcrumb } from '../shell/breadcrumb';
import { shortcuts } from '../shell/shortcuts';
import { confirm } from '../ui/confirm-dialog';
import { ErrorPanel } from '../ui/error-panel';
import { clock, duration, elapsed, exact, plural, shortId } from '../ui/pure/format';
import { Glyph } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { principalLook } from '../ui/principal';
import { Toaster } from '../ui/toaster';
import { Skeleton } from '../ui/skeleton';
import { refusalWords } from './pure/refusal-words';
import { RunGraph } from './run-graph';
import { RunStore } from './run-store';
import { RunTimeline } from './run-timeline';
import { TaskPanel } from './task-panel';
import { RUN_STATE_WORDS, runStateOf } from './pure/task-look';

/** The panel lies below the plan; the style sheet has the same width. */
const PANEL_BELOW = '(max-width: 1000px)';

@Component({
  selector: 'ao-run-page',
  imports: [ErrorPanel, Glyph, Icon, RouterLink, RunGraph, RunTimeline, Skeleton, TaskPanel],
  providers: [RunStore],
  templateUrl: './run-page.html',
  styleUrl: './run-page.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class RunPage {
  private readonly dialog = inject(Dialog);
  private readonly router = inject(Router);
  private readonly toaster = inject(Toaster);
  private readonly lookOf = principalLook();
  private readonly graph = viewChild(RunGraph);
  protected readonly session = inject(Session);
  protected readonly store = inject(RunStore);
  readonly runId = input.required<string>();
  /** The chosen task, from the address. */
  readonly task = input<string>();

  protected readonly run = this.store.run;
  protected readonly name = computed(() => `${this.run()?.name ?? 'Run'}, ${shortId(this.runId())}`);
  /** Chosen by the viewer, else the one that needs eyes most. */
  protected readonly selected = computed(() => {
    const tasks = this.store.tasks();
    const wanted = this.task();
    if (wanted && tasks.some(({ taskId }) => taskId === wanted)) return wanted;
    const first = (...states: TaskRow['state'][]) => tasks.find(({ state }) => states.includes(state));
    return (
      first('failed') ??
      first('waiting') ??
      first('leased', 'stopping') ??
      first('ready') ??
      tasks.at(-1)
    )?.taskId;
  });
  protected readonly selectedTask = computed(() => {
    const taskId = this.selected();
    return taskId === undefined ? undefined : this.store.task(taskId);
  });
  /** The request of a gate that waits; where the task's panel lies below the plan, it is offered in the head. */
  protected readonly waitingFor = computed(
    () => this.store.tasks().find(({ state, approvalId }) => state === 'waiting' && approvalId)?.approvalId,
  );
  protected readonly tags = computed(() => {
    const run = this.run();
    if (!run) return [];
    const count = (...states: TaskRow['state'][]) =>
      this.store.tasks().filter(({ state }) => states.includes(state)).length;
    const tags = [];
    const waiting = count('waiting');
    const running = count('leased', 'stopping');
    if (waiting > 0)
      tags.push({ state: 'waiting' as const, words: `Waits for a person in ${plural(waiting, 'place')}` });
    if (running > 0) tags.push({ state: 'progress' as const, words: `${plural(running, 'task')} running` });
    if (tags.length === 0 || run.state !== 'running')
      tags.unshift({ state: runStateOf(run.state), words: RUN_STATE_WORDS[run.state] });
    return tags;
  });
  protected readonly sub = computed(() => {
    const run = this.run();
    if (!run) return [];
    const tasks = this.store.tasks();
    const time = run.endedAt
      ? duration(Date.parse(run.endedAt) - Date.parse(run.startedAt))
      : elapsed(this.store.now() - Date.parse(run.startedAt));
    return [
      `${run.workflowId} v${run.version}`,
      `started by ${this.lookOf(run.startedBy).name}, ${clock(run.startedAt)}`,
      time,
      `${tasks.filter(({ state }) => state === 'succeeded').length} of ${tasks.length} done`,
    ];
  });
  /** Why it failed; a gate that somebody refused is told with their name. */
  protected readonly fault = computed(() => {
    const fault = this.run()?.fault;
    const gate = this.store.tasks().find(({ refusal }) => refusal);
    if (!fault || !gate?.refusal || !/^(task_failed|gate_)/.test(fault.code)) return fault;
    const words = refusalWords(gate.refusal, (principal) => this.lookOf(principal).name);
    return { code: fault.code, message: `${gate.title}: ${words}` };
  });
  protected readonly exact = exact;

  constructor() {
    effect(() => this.store.runId.set(this.runId()));
    breadcrumb(this.name);
    shortcuts([
      { keys: ['j', 'ArrowDown'], words: 'Next task', group: 'Run', run: () => this.step(1) },
      { keys: ['k', 'ArrowUp'], words: 'Previous task', group: 'Run', run: () => this.step(-1) },
      { keys: ['Shift+r'], words: 'Retry from here', group: 'Run', run: () => void this.retry() },
      { keys: ['0'], words: 'Fit the plan', group: 'Run', run: () => this.graph()?.fit() },
    ]);
  }

  protected choose(taskId: string): void {
    void this.router.navigate([], { queryParams: { task: taskId }, replaceUrl: true });
    // Where it lies below the plan, what was asked for would else stay out of sight.
    if (matchMedia(PANEL_BELOW).matches)
      document.getElementById('task-panel')?.scrollIntoView({ block: 'nearest' });
  }

  protected async retry(): Promise<void> {
    const task = this.selectedTask();
    if (!task || !this.session.may('run:operate') || !['failed', 'leased', 'stopping'].includes(task.state))
      return;
    const running = task.state === 'leased';
    const sure =
      !running ||
      (await confirm(this.dialog, {
        title: 'Stop the running attempt?',
        text: `${task.title} is being worked on. Its attempt is stopped, and a free agent starts it again from the beginning.`,
        action: 'Stop and start again',
        danger: true,
      }));
    if (sure) await this.attempt(() => this.store.retry(task.taskId));
  }

  protected async cancelTask(task: TaskRow): Promise<void> {
    const sure = await confirm(this.dialog, {
      title: `Cancel ${task.title}?`,
      text: 'What depends on it is skipped, and the run ends when nothing else is left to do.',
      action: 'Cancel task',
      danger: true,
    });
    if (sure) await this.attempt(() => this.store.cancelTask(task.taskId));
  }

  protected async cancelRun(): Promise<void> {
    const sure = await confirm(this.dialog, {
      title: 'Cancel this run?',
      text: 'Running attempts are stopped and nothing else is started. What is done stays done.',
      action: 'Cancel run',
      danger: true,
    });
    if (sure) await this.attempt(() => this.store.cancel());
  }

  protected async again(): Promise<void> {
    await this.attempt(async () => {
      const runId = await this.store.again();
      await this.router.navigate(['/runs', runId]);
    });
  }

  private step(by: 1 | -1): void {
    const tasks = this.store.tasks();
    const at = tasks.findIndex(({ taskId }) => taskId === this.selected());
    const next = tasks[at + by];
    if (next) this.choose(next.taskId);
  }

  private async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const detail = isProblem(error) ? error.code : undefined;
      this.toaster.show({ tone: 'refused', text: wordsOf(error), ...(detail && { detail }) });
    }
  }
}
