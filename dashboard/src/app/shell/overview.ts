import { Injectable, computed, signal } from '@angular/core';
import type { InboxRow } from '@agencyos/contracts';
import { boardsInOrder } from '../board/board-to-open';
import { liveView } from '../live/live-client';
import { liveWindow } from '../live/live-window';
import type { State } from '../ui/glyph';

/** States of a run that has not ended. */
export const GOING = ['running', 'paused', 'cancelling'] as const;
/** The newest, for whoever looks for one by its name. */
const NEWEST = 100;

/** What every page shows in its frame: counts of what goes on and of what waits. One for the shell and its pages. */
@Injectable()
export class Overview {
  private readonly boardsView = liveView('boards', 'all');
  private readonly newest = liveWindow(
    'run-list',
    'all',
    signal({ order: '-startedAt' as const, limit: NEWEST }),
  );
  private readonly going = liveWindow(
    'run-list',
    'all',
    signal({ filter: { state: GOING }, order: '-startedAt' as const, limit: 0 }),
  );
  private readonly inboxView = liveView('inbox', 'all');
  private readonly servicesView = liveView('services', 'all');
  private readonly agentsView = liveView('agents', 'all');

  readonly boardsStatus = computed(() => this.boardsView()?.status() ?? 'loading');
  readonly runsStatus = this.newest.status;
  readonly inboxStatus = computed(() => this.inboxView()?.status() ?? 'loading');

  readonly agentsStatus = computed(() => this.agentsView()?.status() ?? 'loading');

  /** The work boards first. */
  readonly boards = computed(() => boardsInOrder(this.boardsView()?.list('board') ?? []));
  /** The newest ones, the newest first. */
  readonly runs = this.newest.rows;
  readonly runsTotal = this.newest.total;
  readonly runsGoing = this.going.total;
  readonly approvals = computed(() => this.inboxView()?.list('approval') ?? []);
  readonly waiting = computed(() => this.approvals().filter((approval) => approval.state === 'open').length);
  readonly agents = computed(() =>
    (this.agentsView()?.list('agent') ?? []).sort((a, b) => a.agentId.localeCompare(b.agentId)),
  );
  /** Roles that some agent is registered for; undefined until that is known. People do what is of the role `human`. */
  readonly roles = computed(() => {
    if (this.agentsView()?.status() !== 'ready') return undefined;
    return new Set(['human', ...this.agents().flatMap(({ roles }) => roles)]);
  });

  /** The worst that any service is in; nothing while all is well. */
  readonly trouble = computed<State | undefined>(() => {
    const states = new Set((this.servicesView()?.list('target') ?? []).map(({ state }) => state));
    if (states.has('repairing')) return 'healing';
    if (states.has('breached')) return 'failed';
    return states.has('no_data') ? 'warn' : undefined;
  });

  /** The open approval of a task's gate. */
  readonly approvalOfTask = computed(() => {
    const found = new Map<string, InboxRow>();
    for (const approval of this.approvals()) {
      const { origin } = approval;
      if (origin.kind === 'run' && origin.taskId) found.set(`${origin.id}/${origin.taskId}`, approval);
    }
    return found;
  });
}
