import { Dialog } from '@angular/cdk/dialog';
import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { v7 } from 'uuid';
import type { IncidentRow } from '@agencyos/contracts';
import { liveView } from '../live/live-client';
import { Api, isProblem, wordsOf } from '../session/api';
import { Outbox } from '../session/outbox';
import { Session } from '../session/session';
import { PageClock } from '../ui/clock';
import { confirm } from '../ui/confirm-dialog';
import { ErrorPanel } from '../ui/error-panel';
import { age, clockOrDay, duration, exact, plural } from '../ui/pure/format';
import { Glyph } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { principalLook } from '../ui/principal';
import { Toaster } from '../ui/toaster';
import { Skeleton } from '../ui/skeleton';
import { LastBackup } from './last-backup';
import { IncidentList } from './incident-list';
import { RunbookTable } from './runbook-table';
import { GLYPHS, shownState, WORDS, type ShownState } from './pure/service-state';

const REPAIR_WORDS: Record<string, string> = {
  running: 'repair running',
  verified: 'repaired',
  failed: 'repair failed',
  aborted: 'repair stopped',
};

const DAY_MS = 86_400_000;

@Component({
  selector: 'ao-operations-page',
  imports: [LastBackup, ErrorPanel, Glyph, Icon, IncidentList, RunbookTable, Skeleton],
  templateUrl: './operations-page.html',
  styleUrl: './operations-page.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class OperationsPage {
  private readonly api = inject(Api);
  private readonly outbox = inject(Outbox);
  private readonly clock = inject(PageClock);
  private readonly dialog = inject(Dialog);
  private readonly toaster = inject(Toaster);
  private readonly lookOf = principalLook();
  private readonly servicesView = liveView('services', 'all');
  private readonly incidentsView = liveView('incidents', 'all');
  private readonly healingView = liveView('healing', 'all');
  protected readonly session = inject(Session);

  protected readonly status = computed(() => this.servicesView()?.status() ?? 'loading');
  protected readonly incidentsStatus = computed(() => this.incidentsView()?.status() ?? 'loading');
  protected readonly healingStatus = computed(() => this.healingView()?.status() ?? 'loading');
  /** What runs; the backups have a line of their own. */
  private readonly targets = computed(() => {
    const view = this.servicesView();
    const monitors = view?.list('monitor') ?? [];
    const targets = (view?.list('target') ?? []).filter(({ driver }) => driver !== 'schedule');
    return targets.map((target) => ({ ...target, shown: shownState(target, monitors) }));
  });
  protected readonly services = computed(() => {
    const now = this.clock.now();
    return [...this.targets()]
      .sort((a, b) => a.targetId.localeCompare(b.targetId))
      .map((target) => ({
        ...target,
        glyph: GLYPHS[target.shown] ?? 'todo',
        word: WORDS[target.shown] ?? target.shown,
        sinceWords: durationWords(target.since, now),
        repair:
          target.lastRepair &&
          `${REPAIR_WORDS[target.lastRepair.outcome]} ${clockOrDay(target.lastRepair.at, now)}`,
      }));
  });
  /** What is not over yet first, then the newest. */
  protected readonly incidents = computed(() =>
    (this.incidentsView()?.list('incident') ?? []).sort(
      (a, b) => Number(isOver(a)) - Number(isOver(b)) || b.detectedAt.localeCompare(a.detectedAt),
    ),
  );
  protected readonly runbooks = computed(() => this.healingView()?.list('runbook') ?? []);
  protected readonly autonomy = computed(() => this.healingView()?.list('autonomy') ?? []);
  protected readonly mode = computed(() => this.healingView()?.row('mode'));
  protected readonly modeWords = computed(() => {
    const mode = this.mode();
    if (mode?.mode === 'stopped') return { glyph: 'warn' as const, word: 'stopped' };
    return mode?.mode === 'dry_run'
      ? { glyph: 'ready' as const, word: 'dry run' }
      : { glyph: 'healing' as const, word: 'on' };
  });
  protected readonly stoppedBy = computed(() => {
    const mode = this.mode();
    if (mode?.mode !== 'stopped') return '';
    return `${this.lookOf(mode.by).name} stopped all repairs ${sinceWords(mode.at, this.clock.now())}`;
  });

  protected readonly headline = computed(() => {
    const count = (state: ShownState) => this.targets().filter(({ shown }) => shown === state).length;
    const escalated = this.incidents().filter(({ state }) => state === 'escalated').length;
    const parts = [];
    const repairing = count('repairing');
    const down = count('breached');
    if (repairing > 0) parts.push(`${plural(repairing, 'repair')} running`);
    if (down > 0) parts.push(`${plural(down, 'service')} not answering`);
    if (count('behind') > 0) parts.push(`facts wait in ${plural(count('behind'), 'service')}`);
    if (escalated > 0) parts.push(`${plural(escalated, 'incident waits', 'incidents wait')} for a person`);
    if (parts.length > 0) return capital(parts.join(', '));
    if (count('no_data') > 0) return 'Some services send no data';
    return count('healthy') > 0 ? 'Everything answers' : 'No service is watched yet';
  });
  /** Nothing is said about faults before all that is known of them is here. */
  protected readonly known = computed(() => this.status() === 'ready' && this.incidentsStatus() === 'ready');
  protected readonly sub = computed(() => {
    if (!this.known()) return [];
    const now = this.clock.now();
    const lately = this.incidents().filter(({ detectedAt }) => now - Date.parse(detectedAt) < DAY_MS);
    const repaired = lately.filter(({ how }) => how === 'repair');
    const parts = [plural(this.targets().length, 'service'), `${plural(lately.length, 'incident')} in 24 h`];
    if (repaired.length > 0) {
      parts.push(
        `${repaired.length} repaired`,
        `median ${duration(median(repaired.map(lasted)))} from fault to verified`,
      );
    }
    return parts;
  });
  protected readonly exact = exact;

  protected async stop(): Promise<void> {
    const sure = await confirm(this.dialog, {
      title: 'Stop all repairs?',
      text: `The healer keeps watching ${plural(this.targets().length, 'service')} and opens incidents, but restarts nothing until a person resumes. A repair that is running is not started again.`,
      action: 'Stop all repairs',
      danger: true,
    });
    if (sure) await this.setMode('stopped');
  }

  /** Past the healer, by the supervisor of this machine. */
  protected async restart(name: string): Promise<void> {
    const sure = await confirm(this.dialog, {
      title: `Restart ${name}?`,
      text: 'It is stopped in order and started again at once, whatever the healer thinks. Work under way goes on afterwards.',
      action: 'Restart',
    });
    if (!sure) return;
    try {
      await this.api.post(`/api/v1/processes/${name}/restart`, {}, { 'idempotency-key': v7() });
      this.toaster.show({ tone: 'plain', text: `${name} is being restarted.` });
    } catch (error) {
      this.toaster.show({ tone: 'refused', text: wordsOf(error) });
    }
  }

  protected async setMode(mode: 'live' | 'stopped'): Promise<void> {
    try {
      await this.outbox.command('healer', 'SetHealingMode', { mode, targetIds: [], why: 'person' });
    } catch (error) {
      const detail = isProblem(error) ? error.code : undefined;
      this.toaster.show({ tone: 'refused', text: wordsOf(error), ...(detail && { detail }) });
    }
  }
}

/** Of a state that lasts. */
function durationWords(at: string, now: number): string {
  const words = age(at, now);
  return /(s|min)$/.test(words) ? `for ${words}` : `since ${words}`;
}

/** Of something that was done. */
function sinceWords(at: string, now: number): string {
  const words = age(at, now);
  return /(s|min)$/.test(words) ? `${words} ago` : `since ${words}`;
}

const isOver = ({ state }: IncidentRow) => state === 'resolved' || state === 'closed';

const lasted = ({ sinceAt, detectedAt, resolvedAt }: IncidentRow) =>
  Date.parse(resolvedAt ?? detectedAt) - Date.parse(sinceAt ?? detectedAt);

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
