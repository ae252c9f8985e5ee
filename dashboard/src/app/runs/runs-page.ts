import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { RunListRow } from '@agencyos/contracts';
import { RUN_STATE_WORDS, runStateOf } from '../run/pure/task-look';
import { Overview } from '../shell/overview';
import { Avatar } from '../ui/avatar';
import { PageClock } from '../ui/clock';
import { age, duration, elapsed, exact, plural, shortId } from '../ui/pure/format';
import { Glyph, type State } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { ErrorPanel } from '../ui/error-panel';
import { Skeleton } from '../ui/skeleton';

@Component({
  selector: 'ao-runs-page',
  imports: [Avatar, ErrorPanel, Glyph, Icon, RouterLink, Skeleton],
  templateUrl: './runs-page.html',
  styleUrl: './runs-page.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class RunsPage {
  private readonly clock = inject(PageClock);
  protected readonly overview = inject(Overview);
  protected readonly onlyGoing = signal(false);
  protected readonly runs = computed(() => {
    const runs = this.overview.runs();
    return this.onlyGoing() ? runs.filter((run) => !run.endedAt) : runs;
  });
  protected readonly sub = computed(() => {
    if (this.overview.runsStatus() !== 'ready') return [];
    const runs = this.overview.runs();
    const waiting = runs.filter(({ state, tasks }) => state === 'running' && tasks.waiting > 0).length;
    const failed = runs.filter(({ state }) => state === 'failed').length;
    return [
      `${this.overview.runsGoing()} going`,
      ...(waiting > 0 ? [`${plural(waiting, 'run waits', 'runs wait')} for a person`] : []),
      ...(failed > 0 ? [`${failed} failed`] : []),
    ];
  });
  protected readonly exact = exact;
  protected readonly shortId = shortId;

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
    const text = age(startedAt, this.clock.now());
    return /(s|min|h)$/.test(text) ? `${text} ago` : text;
  }
}
