import { Injectable, computed, inject, signal } from '@angular/core';
import type { CardRow } from '@agencyos/contracts';
import { BoardStore } from './board-store';

/** Roving focus over the cards: one is in the tab order, arrows and letters move on. */
@Injectable()
export class CardFocus {
  private readonly store = inject(BoardStore);
  private readonly wanted = signal<string | undefined>(undefined);

  /** The card in the tab order; the first one until another was focused. */
  readonly cardId = computed(() => {
    const wanted = this.wanted();
    const columns = this.store.placed();
    if (wanted && columns.some(({ cards }) => cards.some(({ cardId }) => cardId === wanted))) return wanted;
    return columns.find(({ cards }) => cards.length > 0)?.cards[0]?.cardId;
  });

  /** The card that has the focus now. */
  card(): CardRow | undefined {
    const cardId = document.activeElement?.closest<HTMLElement>('[data-card-id]')?.dataset['cardId'];
    return cardId ? this.store.card(cardId) : undefined;
  }

  moved(card: CardRow): void {
    this.wanted.set(card.cardId);
  }

  /** Down or up in its column; false when the focus is elsewhere on the page, so that its keys stay its own. */
  step(by: 1 | -1): boolean {
    const at = this.position();
    if (!at) return this.enter();
    const cards = this.store.placed()[at.column]?.cards ?? [];
    return this.focus(cards[at.row + by]);
  }

  column(by: 1 | -1): boolean {
    const at = this.position();
    if (!at) return this.enter();
    const columns = this.store.placed();
    for (let index = at.column + by; index >= 0 && index < columns.length; index += by) {
      const cards = columns[index]?.cards ?? [];
      if (cards.length > 0) return this.focus(cards[Math.min(at.row, cards.length - 1)]);
    }
    return true;
  }

  restore(): void {
    const cardId = this.cardId();
    if (cardId) document.getElementById(`card-${cardId}`)?.focus();
  }

  private enter(): boolean {
    const active = document.activeElement;
    if (active && active !== document.body && active.id !== 'main') return false;
    this.restore();
    return true;
  }

  private position(): { column: number; row: number } | undefined {
    const focused = this.card()?.cardId;
    if (!focused) return undefined;
    for (const [column, { cards }] of this.store.placed().entries()) {
      const row = cards.findIndex(({ cardId }) => cardId === focused);
      if (row >= 0) return { column, row };
    }
    return undefined;
  }

  private focus(card: CardRow | undefined): boolean {
    if (!card) return true;
    this.wanted.set(card.cardId);
    document.getElementById(`card-${card.cardId}`)?.focus();
    return true;
  }
}
