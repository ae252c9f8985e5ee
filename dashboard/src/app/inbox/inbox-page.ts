import {
  ChangeDetectionStrategy,
  Component,
  computed,
  effect,
  inject,
  linkedSignal,
  signal,
} from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { NavigationEnd, Router, RouterLink, RouterOutlet } from '@angular/router';
import type { InboxRow } from '@agencyos/contracts';
import { filter, map, startWith } from 'rxjs';
import { Session } from '../session/session';
import { Overview } from '../shell/overview';
import { shortcuts } from '../shell/shortcuts';
import { PageClock } from '../ui/clock';
import { age, clockOrDay, countdown, shortId } from '../ui/pure/format';
import { Glyph } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { Skeleton } from '../ui/skeleton';
import { APPROVAL_WORDS, approvalStateOf, sortInbox } from './pure/approval-look';

/** Less than this left is said in amber, ms. */
const SOON_MS = 3_600_000;
const DECIDED_SHOWN = 20;
/** List and brief stand side by side; the style sheet has the same width. */
const SIDE_BY_SIDE = '(min-width: 901px)';

/** Everything that waits for a person, and what was decided. Its order stands still while somebody uses it. */
@Component({
  selector: 'ao-inbox-page',
  imports: [Glyph, Icon, RouterLink, RouterOutlet, Skeleton],
  templateUrl: './inbox-page.html',
  styleUrl: './inbox-page.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class InboxPage {
  private readonly clock = inject(PageClock);
  private readonly router = inject(Router);
  private readonly session = inject(Session);
  protected readonly overview = inject(Overview);
  /** The pointer or the focus is in the list. */
  protected readonly inUse = signal(false);

  protected readonly selected = toSignal(
    this.router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      startWith(undefined),
      map(() => /^\/inbox\/([^/?#]+)/.exec(this.router.url)?.[1]),
    ),
  );
  private readonly sorted = computed(() => sortInbox(this.overview.approvals()));
  /** Ids in the order shown; kept while the list is in use. */
  private readonly order = linkedSignal<{ ids: string[]; inUse: boolean }, string[]>({
    source: () => ({ ids: this.sorted().open.map(({ approvalId }) => approvalId), inUse: this.inUse() }),
    computation: ({ ids, inUse }, previous) => {
      if (!inUse || !previous || previous.value.length === 0) return ids;
      return previous.value.filter((id) => ids.includes(id));
    },
  });
  protected readonly open = computed(() => {
    const rows = new Map(this.sorted().open.map((row) => [row.approvalId, row]));
    return this.order().flatMap((id) => rows.get(id) ?? []);
  });
  protected readonly held = computed(() => this.sorted().open.length - this.open().length);
  protected readonly decided = computed(() => this.sorted().decided.slice(0, DECIDED_SHOWN));
  protected readonly openHead = computed(() =>
    this.session.may('approval:vote') ? 'Needs you' : 'Waits for others',
  );
  protected readonly states = approvalStateOf;
  protected readonly words = APPROVAL_WORDS;

  constructor() {
    effect(() => {
      const first = this.open()[0];
      if (!first || this.selected() || !matchMedia(SIDE_BY_SIDE).matches) return;
      // In place of the empty inbox: going back leaves it.
      void this.router.navigate(['/inbox', first.approvalId], { replaceUrl: true });
    });
    shortcuts([
      { keys: ['j', 'ArrowDown'], words: 'Next request', group: 'Inbox', run: () => this.step(1) },
      { keys: ['k', 'ArrowUp'], words: 'Previous request', group: 'Inbox', run: () => this.step(-1) },
    ]);
  }

  protected showHeld(): void {
    this.order.set(this.sorted().open.map(({ approvalId }) => approvalId));
  }

  protected age(at: string): string {
    return age(at, this.clock.now());
  }

  protected decidedAt(row: InboxRow): string {
    return clockOrDay(row.decidedAt ?? row.requestedAt, this.clock.now());
  }

  protected left({ expiresAt }: InboxRow): { words: string; soon: boolean } {
    const ms = Date.parse(expiresAt) - this.clock.now();
    const words = ms < SOON_MS ? `${Math.max(0, Math.floor(ms / 60_000))} min left` : `${countdown(ms)} left`;
    return { words, soon: ms < SOON_MS };
  }

  protected from({ origin }: InboxRow): string {
    return `${origin.kind} ${shortId(origin.id)}`;
  }

  private step(by: 1 | -1): void {
    const ids = [...this.open(), ...this.decided()].map(({ approvalId }) => approvalId);
    const at = ids.indexOf(this.selected() ?? '');
    const next = ids[Math.max(0, at + by)];
    if (next) void this.router.navigate(['/inbox', next]);
  }
}
