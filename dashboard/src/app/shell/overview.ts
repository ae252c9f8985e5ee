import { Injectable, computed } from '@angular/core';
import type { InboxRow } from '@agencyos/contracts';
import { boardsInOrder } from '../board/board-to-open';
import { liveView } from '../live/live-client';
import type { State } from '../ui/glyph';

const RUNNING = new Set(['running', 'paused', 'cancelling']);

/** What every page shows in its frame: counts of what goes on and of what waits. One for the shell and its pages. */
@Injectable()
export class Overview {
  private readonly boardsView = liveView('boards', 'all');
  private readonly runsView = liveView('run-list', 'all');
  private readonly inboxView = liveView('inbox', 'all');
  private readonly servicesView = liveView('services', 'all');
  private readonly agentsView = liveView('agents', 'all');

  readonly boardsStatus = computed(() => this.boardsView()?.status() ?? 'loading');
  readonly runsStatus = computed(() => this.runsView()?.status() ?? 'loading');
  readonly inboxStatus = computed(() => this.inboxView()?.status() ?? 'loading');

  readonly agentsStatus = computed(() => this.agentsView()?.status() ?? 'loading');

  /** The work boards first. */
  readonly boards = computed(() => boardsInOrder(this.boardsView()?.list('board') ?? []));
  /** Newest first. */
  readonly runs = computed(() =>
    (this.runsView()?.list('run') ?? []).sort((a, b) => b.startedAt.localeCompare(a.startedAt)),
  );
  readonly runsGoing = computed(() => this.runs().filter((run) => RUNNING.has(run.state)).length);
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
