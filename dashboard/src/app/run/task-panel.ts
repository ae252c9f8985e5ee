import { Clipboard } from '@angular/cdk/clipboard';
import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { TaskRow } from '@agencyos/contracts';
import { Session } from '../session/session';
import { Overview } from '../shell/overview';
import { Avatar } from '../ui/avatar';
import { Files } from '../ui/files';
import { clock, duration, elapsed, exact, shortDigest, words } from '../ui/pure/format';
import { Glyph, type State } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { jsonText } from '../ui/pure/json-text';
import { principalLook } from '../ui/principal';
import { refusalWords } from './pure/refusal-words';
import { RunStore } from './run-store';
import { TaskLog } from './task-log';
import { TASK_STATE_WORDS, isOver, nobodyFor, taskStateOf } from './pure/task-look';

type Attempt = TaskRow['attempts'][number];
type Tab = 'summary' | 'input' | 'output' | 'logs';

const TABS: { id: Tab; name: string }[] = [
  { id: 'summary', name: 'Summary' },
  { id: 'input', name: 'Input' },
  { id: 'output', name: 'Output' },
  { id: 'logs', name: 'Logs' },
];

const OUTCOME_GLYPHS: Record<Attempt['outcome'], State> = {
  running: 'progress',
  succeeded: 'done',
  failed: 'failed',
  lost: 'cancelled',
  released: 'cancelled',
  handed_off: 'done',
  cancelled: 'cancelled',
};

const FLAG_WORDS: Record<string, string> = {
  claims_approval: 'The output says that it was approved. That is not an approval and has no effect.',
};

/** One task of the run: who holds it, what went in and out, every attempt. */
@Component({
  selector: 'ao-task-panel',
  imports: [Avatar, Files, Glyph, Icon, RouterLink, TaskLog],
  templateUrl: './task-panel.html',
  styleUrl: './task-panel.css',
  host: { role: 'complementary', 'aria-label': 'Task' },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class TaskPanel {
  private readonly lookOf = principalLook();
  private readonly clipboard = inject(Clipboard);
  private readonly overview = inject(Overview);
  protected readonly store = inject(RunStore);
  protected readonly session = inject(Session);
  readonly task = input.required<TaskRow>();
  readonly retried = output();
  readonly cancelled = output();

  protected readonly tabs = TABS;
  protected readonly tab = signal<Tab>('summary');
  protected readonly state = computed(() => taskStateOf(this.task().state));
  protected readonly word = computed(() => TASK_STATE_WORDS[this.task().state]);
  protected readonly lease = computed(() => this.store.lease(this.task()));
  protected readonly attempts = computed(() => [...this.task().attempts].reverse());
  protected readonly flags = computed(() => {
    const nobody = nobodyFor(this.task(), this.overview.roles());
    const flags = (this.task().flags ?? []).map((flag) => FLAG_WORDS[flag] ?? words(flag));
    return nobody === undefined ? flags : [nobody, ...flags];
  });
  protected readonly mayRetry = computed(() => ['failed', 'leased', 'stopping'].includes(this.task().state));
  protected readonly mayCancel = computed(() => !isOver(this.task()) && this.task().state !== 'stopping');
  protected readonly shown = computed(() => {
    const { input, output, action } = this.task();
    const json = this.tab() === 'input' ? (input ?? action) : output;
    return { text: jsonText(json), content: contentOf(json) };
  });
  protected readonly refusal = computed(() => {
    const { refusal } = this.task();
    return refusal && refusalWords(refusal, (principal) => this.name(principal));
  });
  protected readonly exact = exact;
  protected readonly clock = clock;
  protected readonly shortDigest = shortDigest;
  protected readonly glyphs = OUTCOME_GLYPHS;

  protected name(principal: string | undefined): string {
    return principal ? this.lookOf(principal).name : '';
  }

  protected seconds(ms: number): string {
    return `${Math.round(ms / 1000)} s`;
  }

  protected time({ startedAt, endedAt }: Attempt): string {
    if (!startedAt) return '';
    return endedAt
      ? duration(Date.parse(endedAt) - Date.parse(startedAt))
      : elapsed(this.store.now() - Date.parse(startedAt));
  }

  protected noteOf({ outcome, note, startedAt }: Attempt): string {
    if (note) return note;
    if (outcome === 'running') return startedAt ? `since ${clock(startedAt)}` : 'waits for an agent';
    return outcome === 'lost' ? 'Lease lost' : words(outcome);
  }

  protected copy(text: string): void {
    this.clipboard.copy(text);
  }

  /** Left and right move between the tabs, as their role says. */
  protected switched(event: KeyboardEvent): void {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = TABS.findIndex(({ id }) => id === this.tab());
    const next = TABS[(at + by + TABS.length) % TABS.length];
    if (!next) return;
    this.tab.set(next.id);
    document.getElementById(`task-tab-${next.id}`)?.focus();
  }
}

function contentOf(json: unknown): { digest: string; bytes: number } | undefined {
  if (typeof json !== 'object' || json === null || !('content' in json)) return undefined;
  return json.content as { digest: string; bytes: number };
}
