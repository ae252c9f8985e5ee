import { Clipboard } from '@angular/cdk/clipboard';
import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  type ElementRef,
  afterRenderEffect,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import type { TaskLogPage, TaskRow } from '@agencyos/contracts';
import { Api, isProblem, wordsOf } from '../session/api';
import { plural } from '../ui/pure/format';
import { Icon } from '../ui/icon';
import { Skeleton } from '../ui/skeleton';
import { Toaster } from '../ui/toaster';
import { LINES_KEPT, NOTHING_READ, searched, withPage, type ReadLog } from './pure/log-pages';

/** How long a running attempt's log rests before it is asked again; after a failure longer, ms. */
const AGAIN_MS = 1_000;
const AFTER_FAILURE_MS = 3_000;

/** The log of one attempt: kept when it has ended, followed while it goes on. */
@Component({
  selector: 'ao-task-log',
  imports: [Icon, Skeleton],
  templateUrl: './task-log.html',
  styleUrl: './task-log.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class TaskLog {
  private readonly api = inject(Api);
  private readonly clipboard = inject(Clipboard);
  private readonly toaster = inject(Toaster);
  private readonly list = viewChild<ElementRef<HTMLElement>>('list');
  readonly runId = input.required<string>();
  readonly task = input.required<TaskRow>();

  protected readonly attempts = computed(() => this.task().attempts.map(({ attempt }) => attempt));
  private readonly last = computed(() => this.attempts().at(-1));
  /** The last one until another was chosen; a new attempt takes over. */
  protected readonly attempt = linkedSignal(() => this.last());
  protected readonly wrapped = signal(true);
  protected readonly following = signal(true);
  protected readonly words = signal('');
  protected readonly log = signal<ReadLog>(NOTHING_READ);
  protected readonly fault = signal('');
  protected readonly shown = computed(() => searched(this.log().lines, this.words()));
  protected readonly count = computed(() => {
    const all = plural(this.log().lines.length, 'line');
    return this.words() ? `${this.shown().length} of ${all}` : all;
  });
  protected readonly cutBefore = computed(() => (this.log().lines[0]?.number ?? 1) - 1);
  protected readonly kept = LINES_KEPT;
  private stop: () => void = () => undefined;

  constructor() {
    // The row of the task changes all the time: what has been read of its log stays.
    const taskId = computed(() => this.task().taskId);
    effect(() => {
      const [runId, id, attempt] = [this.runId(), taskId(), this.attempt()];
      untracked(() => this.open(runId, id, attempt));
    });
    afterRenderEffect(() => {
      this.shown();
      const list = this.list()?.nativeElement;
      if (list && this.following()) list.scrollTop = list.scrollHeight;
    });
    inject(DestroyRef).onDestroy(() => this.stop());
  }

  protected choose(attempt: string): void {
    this.attempt.set(Number(attempt));
  }

  /** Who scrolls up reads, and the log stands still; at its end it follows again. */
  protected scrolled({ scrollTop, clientHeight, scrollHeight }: HTMLElement): void {
    this.following.set(scrollHeight - scrollTop - clientHeight < 24);
  }

  protected copy(): void {
    this.clipboard.copy(this.text());
    this.toaster.show({ tone: 'plain', text: `Copied ${plural(this.shown().length, 'line')}` });
  }

  /** The whole log where it is kept, else what has come so far. */
  protected download(): void {
    const digest = this.log().content?.digest;
    const url = digest
      ? `/api/v1/content/${digest}`
      : URL.createObjectURL(new Blob([`${this.text()}\n`], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    // A task's id is its path, which no file may have for its name.
    link.download = `${this.task().taskId.replaceAll('/', '-')}-attempt-${this.attempt()}.log`;
    link.click();
    if (!digest) URL.revokeObjectURL(url);
  }

  private text(): string {
    return this.shown()
      .map(({ text }) => text)
      .join('\n');
  }

  private open(runId: string, taskId: string, attempt: number | undefined): void {
    this.stop();
    this.log.set(NOTHING_READ);
    this.fault.set('');
    if (attempt === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let open = true;
    this.stop = () => {
      open = false;
      clearTimeout(timer);
    };
    const read = async () => {
      let wait = 0;
      try {
        const page = await this.api.get<TaskLogPage>(this.pathOf(runId, taskId, attempt));
        if (!open) return;
        this.log.update((log) => withPage(log, page));
        this.fault.set('');
        if (this.log().next === 'never') return;
        wait = this.log().next === 'later' ? AGAIN_MS : 0;
      } catch (error) {
        if (!open) return;
        this.fault.set(isProblem(error) ? wordsOf(error) : 'The server does not answer; it is asked again.');
        if (isProblem(error) && error.status < 500 && error.status !== 429) {
          this.log.update((log) => ({ ...log, next: 'never' }));
          return;
        }
        wait = AFTER_FAILURE_MS;
      }
      timer = setTimeout(() => void read(), wait);
    };
    void read();
  }

  private pathOf(runId: string, taskId: string, attempt: number): string {
    const { cursor } = this.log();
    const query = new URLSearchParams({ task: taskId, attempt: String(attempt), ...(cursor && { cursor }) });
    return `/api/v1/runs/${runId}/log?${query.toString()}`;
  }
}
