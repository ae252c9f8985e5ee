import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  afterNextRender,
  computed,
  inject,
  input,
  model,
  output,
} from '@angular/core';
import { RouterLink } from '@angular/router';
import type { CardRow } from '@agencyos/contracts';
import { KnownTime } from '../live/known-time';
import { Session } from '../session/session';
import { Avatar } from '../ui/avatar';
import { PageClock } from '../ui/clock';
import { age, exact } from '../ui/pure/format';
import { Glyph } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { principalLook } from '../ui/principal';
import { Priority } from '../ui/priority';
import { Toaster } from '../ui/toaster';
import { wordsOf } from '../session/api';
import { BoardStore } from './board-store';
import { cardLook } from './pure/card-look';
import { CardEditor, type EditField } from './card-editor';
import { CardMoves } from './card-moves';

/** One card beside the board, which stays live. */
@Component({
  selector: 'ao-card-drawer',
  imports: [Avatar, CardEditor, Glyph, Icon, Priority, RouterLink],
  templateUrl: './card-drawer.html',
  styleUrl: './card-drawer.css',
  host: { role: 'complementary', 'aria-label': 'Card' },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class CardDrawer {
  private readonly store = inject(BoardStore);
  private readonly clock = inject(PageClock);
  private readonly time = inject(KnownTime);
  private readonly toaster = inject(Toaster);
  private readonly lookOf = principalLook();
  protected readonly moves = inject(CardMoves);
  protected readonly session = inject(Session);
  readonly card = input.required<CardRow>();
  readonly boardKey = input.required<string>();
  /** The field that is edited; nothing while the card is only read. */
  readonly editing = model<EditField>();
  readonly closed = output();

  protected readonly look = computed(() =>
    cardLook(this.card(), this.store.facts(this.card()), this.time.now()),
  );
  protected readonly badge = computed(() => this.store.badge(this.card()));
  protected readonly task = computed(() => {
    const { source } = this.card();
    return source?.kind === 'task' ? source : undefined;
  });
  protected readonly column = computed(
    () => this.store.columns().find(({ columnId }) => columnId === this.card().columnId)?.name ?? '',
  );
  protected readonly exact = exact;

  private readonly focusTitle: () => void;

  constructor() {
    const element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    this.focusTitle = () => element.querySelector<HTMLElement>('h2')?.focus();
    afterNextRender(() => {
      if (!this.editing()) this.focusTitle();
    });
  }

  protected name(principal: string): string {
    return this.lookOf(principal).name;
  }

  protected since(at: string): string {
    const text = age(at, this.clock.now());
    return /\d+ (s|min|h)$/.test(text) ? `${text} ago` : text;
  }

  protected edited(): void {
    this.editing.set(undefined);
    this.focusTitle();
  }

  protected async archive(): Promise<void> {
    try {
      await this.store.archive(this.card().cardId);
      this.closed.emit();
    } catch (error) {
      this.toaster.show({ tone: 'refused', text: wordsOf(error) });
    }
  }
}
