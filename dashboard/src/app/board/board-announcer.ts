import { LiveAnnouncer } from '@angular/cdk/a11y';
import { DestroyRef, Injectable, effect, inject, untracked } from '@angular/core';
import type { CardRow } from '@agencyos/contracts';
import { plural } from '../ui/pure/format';
import { BoardStore } from './board-store';

/** Others' moves are told together, no more often than this, ms. */
const SUMMARY_MS = 5_000;

/** Tells those who do not see the board what moved by other hands; the viewer's own moves are told at once elsewhere. */
@Injectable()
export class BoardAnnouncer {
  private readonly announcer = inject(LiveAnnouncer);
  private readonly store = inject(BoardStore);
  private columns = new Map<string, string>();
  private readonly moved = new Map<string, CardRow>();
  private timer?: ReturnType<typeof setTimeout>;

  constructor() {
    effect(() => {
      const cards = this.store.cards();
      untracked(() => this.compare(cards));
    });
    inject(DestroyRef).onDestroy(() => clearTimeout(this.timer));
  }

  private compare(cards: readonly CardRow[]): void {
    const first = this.columns.size === 0;
    const columns = new Map(cards.map(({ cardId, columnId }) => [cardId, columnId]));
    for (const card of first ? [] : cards) {
      if (this.columns.get(card.cardId) !== card.columnId && card.moved !== 'person')
        this.moved.set(card.cardId, card);
    }
    this.columns = columns;
    if (this.moved.size > 0) this.timer ??= setTimeout(() => this.tell(), SUMMARY_MS);
  }

  private tell(): void {
    this.timer = undefined;
    const names = new Map(this.store.columns().map(({ columnId, name }) => [columnId, name]));
    const counts = new Map<string, CardRow[]>();
    for (const card of this.moved.values())
      counts.set(card.columnId, [...(counts.get(card.columnId) ?? []), card]);
    this.moved.clear();
    const parts = [...counts].map(([columnId, cards]) => {
      const what = cards.length === 1 && cards[0] ? cards[0].title : plural(cards.length, 'card');
      return `${what} in ${names.get(columnId) ?? 'another column'}`;
    });
    void this.announcer.announce(`Moved: ${parts.join(', ')}`, 'polite');
  }
}
