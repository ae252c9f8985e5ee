import { Dialog } from '@angular/cdk/dialog';
import {
  ChangeDetectionStrategy,
  Component,
  type ElementRef,
  afterRenderEffect,
  computed,
  effect,
  inject,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { RouterLink } from '@angular/router';
import type { RunListRow } from '@agencyos/contracts';
import { liveView } from '../live/live-client';
import { liveWindow } from '../live/live-window';
import { RUN_STATE_WORDS, runStateOf } from '../run/pure/task-look';
import { wordsOf } from '../session/api';
import { Outbox } from '../session/outbox';
import { Session } from '../session/session';
import { Overview } from '../shell/overview';
import { Avatar } from '../ui/avatar';
import { PageClock } from '../ui/clock';
import { confirm } from '../ui/confirm-dialog';
import { ago, duration, elapsed, exact, plural, shortId } from '../ui/pure/format';
import { Glyph, type State } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { ErrorPanel } from '../ui/error-panel';
import { ROWS, scrollRange, type ScrollRange } from '../ui/scroll-range';
import { Skeleton } from '../ui/skeleton';
import { runFilter, SHOWN } from './run-filter';

/** What became of one run that was to be cancelled. */
interface Cancelled {
  runId: string;
  name: string;
  words: string;
  refused: boolean;
}

@Component({
  selector: 'ao-runs-page',
  imports: [Avatar, ErrorPanel, Glyph, Icon, RouterLink, Skeleton],
  templateUrl: './runs-page.html',
  styleUrl: './runs-page.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class RunsPage {
  private readonly clock = inject(PageClock);
  private readonly dialog = inject(Dialog);
  private readonly outbox = inject(Outbox);
  private readonly session = inject(Session);
  protected readonly overview = inject(Overview);
  protected readonly filter = runFilter();
  protected readonly window = liveWindow(
    'run-list',
    'all',
    computed(() => ({
      ...this.filter.asked(),
      order: '-startedAt' as const,
      offset: this.range.offset(),
      limit: ROWS,
    })),
  );
  protected readonly range: ScrollRange = scrollRange(this.window);
  private readonly workflows = liveView('workflows', 'all');
  private readonly scroller = viewChild.required<ElementRef<HTMLElement>>('scroller');
  private readonly list = viewChild<ElementRef<HTMLElement>>('list');

  protected readonly shown = SHOWN;
  protected readonly shownWords = {
    all: 'All',
    going: 'Going',
    failed: 'Failed',
    succeeded: 'Done',
    cancelled: 'Cancelled',
  };
  protected readonly workflowIds = computed(() =>
    [
      ...new Set([
        this.filter.workflow(),
        ...(this.workflows()?.list('workflow') ?? []).map(({ workflowId }) => workflowId),
      ]),
    ]
      .filter((workflowId) => workflowId !== '')
      .sort(),
  );
  protected readonly mayCancel = computed(() => this.session.may('run:operate'));
  /** Runs that are to be cancelled, with their names. */
  protected readonly chosen = signal<ReadonlyMap<string, string>>(new Map());
  protected readonly cancelled = signal<readonly Cancelled[]>([]);
  protected readonly count = computed(() =>
    this.filter.isNarrow()
      ? `${this.window.total()} of ${this.overview.runsTotal()}`
      : String(this.window.total()),
  );
  protected readonly exact = exact;
  protected readonly shortId = shortId;

  constructor() {
    effect(() => {
      this.filter.asked();
      untracked(() => {
        this.range.begin();
        this.chosen.set(new Map());
      });
    });
    // The height of a row is known once one is there.
    afterRenderEffect(() => {
      this.window.rows();
      this.look();
    });
  }

  protected look(): void {
    const list = this.list()?.nativeElement;
    this.range.scrolled(this.scroller().nativeElement, list, list?.querySelector<HTMLElement>('tr.run'));
  }

  protected isGoing({ endedAt }: RunListRow): boolean {
    return !endedAt;
  }

  protected choose({ runId, name }: RunListRow): void {
    const chosen = new Map(this.chosen());
    if (!chosen.delete(runId)) chosen.set(runId, name);
    this.chosen.set(chosen);
  }

  protected async cancel(): Promise<void> {
    const chosen = [...this.chosen()];
    const asked = await confirm(this.dialog, {
      title: `Cancel ${plural(chosen.length, 'run', 'runs')}?`,
      text: 'Their tasks are stopped and what has not begun never does. This cannot be undone.',
      action: `Cancel ${plural(chosen.length, 'run', 'runs')}`,
      danger: true,
    });
    if (!asked) return;
    this.chosen.set(new Map());
    const results = chosen.map(async ([runId, name]): Promise<Cancelled> => {
      try {
        await this.outbox.command('swarm', 'CancelRun', { runId });
        return { runId, name, words: 'is cancelled', refused: false };
      } catch (error) {
        return { runId, name, words: wordsOf(error), refused: true };
      }
    });
    this.cancelled.set(await Promise.all(results));
  }

  protected state({ state, tasks }: RunListRow): State {
    return state === 'running' && tasks.waiting > 0 && tasks.running === 0 ? 'waiting' : runStateOf(state);
  }

  protected words({ state, tasks }: RunListRow): string {
    if (state === 'running' && tasks.waiting > 0) return 'Waits for a person';
    return RUN_STATE_WORDS[state] ?? state;
  }

  protected time({ startedAt, endedAt }: RunListRow): string {
    return endedAt
      ? duration(Date.parse(endedAt) - Date.parse(startedAt))
      : elapsed(this.clock.now() - Date.parse(startedAt));
  }

  protected started({ startedAt }: RunListRow): string {
    return ago(startedAt, this.clock.now());
  }
}
