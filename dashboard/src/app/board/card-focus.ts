import {
  Injectable,
  Injector,
  afterNextRender,
  computed,
  effect,
  inject,
  signal,
  untracked,
} from '@angular/core';
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

  /**
   * Keeps the focus with the card that has it while the card moves by whatever hand; when the card is gone, its neighbour
   * gets it. Must be called in a component's constructor.
   */
  follow(): void {
    const injector = inject(Injector);
    effect(() => {
      this.store.placed();
      this.store.failed();
      const at = untracked(() => this.held());
      if (!at) return;
      afterNextRender(
        {
          read: () => {
            if (document.activeElement && document.activeElement !== document.body) return;
            [at.cardId, ...at.neighbours].some((cardId) => focusCard(cardId));
          },
        },
        { injector },
      );
    });
  }

  /** The card with the focus and those around it, as they stand on the page before it is drawn anew. */
  private held(): { cardId: string; neighbours: string[] } | undefined {
    const card = document.activeElement?.closest<HTMLElement>('[data-card-id]');
    const cardId = card?.dataset['cardId'];
    if (!cardId) return undefined;
    const list = [...(card.parentElement?.querySelectorAll<HTMLElement>('[data-card-id]') ?? [])];
    const at = list.indexOf(card);
    const around = [...list.slice(at + 1), ...list.slice(0, at).reverse()];
    return { cardId, neighbours: around.flatMap((element) => element.dataset['cardId'] ?? []) };
  }

  restore(): void {
    const cardId = this.cardId();
    if (cardId) document.getElementById(`card-${cardId}`)?.focus();
  }

  private enter(): boolean {
    const active = document.activeElement;
    // On nothing, or on the page as such after a navigation.
    if (active && active !== document.body && active.id !== 'main' && active.tagName !== 'H1') return false;
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

/** False when it is not on the page, or hidden as on a phone. */
function focusCard(cardId: string): boolean {
  const card = document.getElementById(`card-${cardId}`);
  card?.focus();
  return card !== null && document.activeElement === card;
}
