import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { TaskBadgeRow } from '@agencyos/contracts';
import { KnownTime } from '../live/known-time';
import { liveProgress, liveView, liveViews } from '../live/live-client';
import { Overview } from '../shell/overview';
import { Avatar } from '../ui/avatar';
import { PageClock } from '../ui/clock';
import { ErrorPanel } from '../ui/error-panel';
import { age, duration, exact } from '../ui/pure/format';
import { Glyph } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { leaseAt, type LeaseLook } from '../ui/pure/lease';
import { Skeleton } from '../ui/skeleton';

/** A queue whose oldest entry waits longer than this needs an eye, ms. */
const LONG_WAIT_MS = 5 * 60_000;

/** The registered agents with what they hold now, and the roles that wait for one. */
@Component({
  selector: 'ao-agents-page',
  imports: [Avatar, ErrorPanel, Glyph, Icon, RouterLink, Skeleton],
  templateUrl: './agents-page.html',
  styleUrl: './agents-page.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class AgentsPage {
  private readonly clock = inject(PageClock);
  private readonly overview = inject(Overview);
  private readonly queuesView = liveView('queues', 'all');
  private readonly goingRunIds = computed(
    () =>
      this.overview
        .runs()
        .filter((run) => !run.endedAt)
        .map(({ runId }) => runId),
    { equal: (a, b) => a.join() === b.join() },
  );
  private readonly badges = liveViews('task-badge', this.goingRunIds);
  private readonly progressOf = liveProgress(this.goingRunIds);
  private readonly time = inject(KnownTime);
  protected readonly exact = exact;

  protected readonly queues = computed(() =>
    (this.queuesView()?.list('role') ?? [])
      .sort((a, b) => a.role.localeCompare(b.role))
      .map(({ role, depth, oldestAt }) => {
        const waitedMs = oldestAt && depth > 0 ? this.clock.now() - Date.parse(oldestAt) : 0;
        return { role, depth, oldest: waitedMs > 0 ? duration(waitedMs) : '', long: waitedMs > LONG_WAIT_MS };
      }),
  );
  protected readonly agents = computed(() => {
    const held = new Map<string, TaskBadgeRow[]>();
    for (const view of this.badges().values()) {
      for (const badge of view.list('task')) {
        if (badge.holder && (badge.state === 'leased' || badge.state === 'stopping')) {
          held.set(badge.holder, [...(held.get(badge.holder) ?? []), badge]);
        }
      }
    }
    return this.overview.agents().map((agent) => {
      const tasks = held.get(`agent:${agent.agentId}`) ?? [];
      const [first] = tasks;
      return { ...agent, principal: `agent:${agent.agentId}`, tasks, lease: first && this.leaseOf(first) };
    });
  });
  /** Who is idle is known only with the tasks of every run that goes on. */
  protected readonly status = computed(() => {
    const status = this.overview.agentsStatus();
    const tasks = [this.overview.runsStatus(), ...[...this.badges().values()].map((view) => view.status())];
    return status === 'ready' && tasks.includes('loading') ? 'loading' : status;
  });
  protected readonly sub = computed(() => {
    if (this.status() !== 'ready') return [];
    const working = this.agents().filter(({ tasks }) => tasks.length > 0).length;
    return [`${working} working`, `${this.agents().length - working} idle`];
  });

  protected age(at: string): string {
    return age(at, this.clock.now());
  }

  protected places(agent: { maxConcurrent: number }): number[] {
    return Array.from({ length: Math.min(agent.maxConcurrent, 12) }, (_, index) => index);
  }

  private leaseOf(badge: TaskBadgeRow): LeaseLook | undefined {
    if (badge.leaseMs === undefined) return undefined;
    const said = this.progressOf(badge.runId, badge.taskId)?.at ?? badge.leasedAt;
    return leaseAt(said, badge.leaseMs, this.time.now(), this.time.listeningSince());
  }
}
