import { ChangeDetectionStrategy, Component, computed, inject, input, output } from '@angular/core';
import type { CardRow } from '@agencyos/contracts';
import { Session } from '../session/session';
import { Glyph, type State } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { BoardCard } from './board-card';
import { BoardDrag } from './board-drag';
import { LandingColumn, Liftable } from './drag-directives';
import type { PlacedColumn } from './pure/placement';
import { WipMeter } from './wip-meter';

const GLYPHS: Record<string, State> = {
  todo: 'todo',
  doing: 'progress',
  review: 'review',
  done: 'done',
  cancelled: 'cancelled',
};

const EMPTY_WORDS: Record<string, string> = {
  todo: 'Nothing to do.',
  doing: 'Nothing in progress.',
  review: 'Nothing to review.',
  done: 'Nothing finished yet.',
  cancelled: 'Nothing cancelled.',
};

@Component({
  selector: 'ao-board-column',
  imports: [BoardCard, Glyph, Icon, LandingColumn, Liftable, WipMeter],
  templateUrl: './board-column.html',
  styleUrl: './board-column.css',
  host: {
    '[class.is-target]': "outcome() === 'move' || outcome() === 'ask'",
    '[class.is-refusing]': "outcome() === 'refuse'",
  },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class BoardColumn {
  protected readonly drag = inject(BoardDrag);
  protected readonly session = inject(Session);
  readonly placed = input.required<PlacedColumn>();
  readonly boardKey = input.required<string>();
  readonly focusedId = input<string>();
  /** The card whose details are open. */
  readonly openedId = input<string>();
  /** A filter hides cards of this column. */
  readonly filtered = input(false);
  readonly add = output();
  readonly open = output<CardRow>();
  readonly focused = output<CardRow>();

  protected readonly headingId = computed(() => `column-${this.placed().column.columnId}`);
  protected readonly state = computed(() => GLYPHS[this.placed().column.category] ?? 'todo');
  protected readonly emptyWords = computed(
    () => EMPTY_WORDS[this.placed().column.category] ?? 'Nothing here.',
  );
  protected readonly landing = computed(() => {
    const landing = this.drag.landing();
    return landing?.columnId === this.placed().column.columnId ? landing : undefined;
  });
  /** Of a drop here and now; a column that refuses says so as soon as a card is lifted. */
  protected readonly outcome = computed(() => {
    const outcome = this.drag.outcomes().get(this.placed().column.columnId)?.kind;
    return outcome === 'refuse' || this.landing() ? outcome : undefined;
  });
  protected readonly lineBefore = computed(() => {
    if (this.outcome() === 'refuse') return undefined;
    const landing = this.landing();
    return landing ? (landing.beforeId ?? 'end') : undefined;
  });

  protected opened(event: Event, card: CardRow): void {
    if (event.target instanceof Element && event.target.closest('a, button')) return;
    this.open.emit(card);
  }
}
