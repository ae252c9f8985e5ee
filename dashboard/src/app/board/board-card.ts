import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { CardRow } from '@agencyos/contracts';
import { KnownTime } from '../live/known-time';
import { Avatar } from '../ui/avatar';
import { PageClock } from '../ui/clock';
import { clockOrDay, shortId } from '../ui/pure/format';
import { Glyph } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { Priority } from '../ui/priority';
import { BoardStore } from './board-store';
import { cardLook } from './pure/card-look';

/** One card by its anatomy. What is not known leaves no gap. */
@Component({
  selector: '[aoCard]',
  imports: [Avatar, Glyph, Icon, Priority, RouterLink],
  templateUrl: './board-card.html',
  styleUrl: './board-card.css',
  host: {
    class: 'card',
    '[attr.data-state]': 'look().state',
    '[attr.aria-label]': 'label()',
    '[class.is-unconfirmed]': 'unconfirmed()',
    '[class.is-pending]': '!!card().pending',
  },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class BoardCard {
  private readonly store = inject(BoardStore);
  private readonly clock = inject(PageClock);
  private readonly time = inject(KnownTime);
  readonly card = input.required<CardRow>({ alias: 'aoCard' });
  readonly boardKey = input.required<string>();

  private readonly facts = computed(() => this.store.facts(this.card()));
  protected readonly look = computed(() => cardLook(this.card(), this.facts(), this.now()));
  protected readonly number = computed(() => `${this.boardKey()}-${this.card().number}`);
  protected readonly unconfirmed = computed(() => this.store.isUnconfirmed(this.card().cardId));
  protected readonly run = computed(() => {
    const { source } = this.card();
    if (source?.kind !== 'task' && source?.kind !== 'run') return undefined;
    return {
      path: ['/runs', source.runId],
      query: source.kind === 'task' ? { task: source.taskId } : {},
      name: shortId(source.runId),
    };
  });
  /** The role stands in the first row already. */
  protected readonly labels = computed(() =>
    this.card().labels.filter((label) => label !== this.look().role),
  );
  protected readonly due = computed(() => {
    const { dueAt } = this.card();
    const left = dueAt ? Date.parse(dueAt) - this.clock.now() : 0;
    return dueAt ? { text: clockOrDay(dueAt, this.clock.now()), soon: left < 86_400_000 } : undefined;
  });
  protected readonly label = computed(() => {
    const { stateWord, role, attempt } = this.look();
    const parts = [this.number(), this.card().title, stateWord];
    if (role) parts.push(`role ${role}`);
    if (attempt) parts.push(`attempt ${attempt}`);
    return parts.join(', ');
  });

  /** Only what changes with time listens to the clock, so a finished card is never drawn again. */
  private now(): number {
    const { badge, approval } = this.facts();
    const { declined } = this.card();
    if (badge?.state === 'leased' || badge?.state === 'stopping') return this.time.now();
    return approval?.state === 'open' || declined ? this.clock.now() : Date.now();
  }
}
