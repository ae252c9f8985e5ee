import { Dialog } from '@angular/cdk/dialog';
import {
  ChangeDetectionStrategy,
  Component,
  type ElementRef,
  Injector,
  computed,
  effect,
  inject,
  input,
  signal,
  viewChild,
} from '@angular/core';
import { Router } from '@angular/router';
import type { CardRow } from '@agencyos/contracts';
import { Session } from '../session/session';
import { breadcrumb } from '../shell/breadcrumb';
import { shortcuts } from '../shell/shortcuts';
import { Glyph } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { ErrorPanel } from '../ui/error-panel';
import { BoardAnnouncer } from './board-announcer';
import { BoardColumn } from './board-column';
import { BoardDrag } from './board-drag';
import { BoardSkeleton } from './board-skeleton';
import { BoardStore } from './board-store';
import { rememberBoard } from './board-to-open';
import { CardDrawer } from './card-drawer';
import type { EditField } from './card-editor';
import { CardMoves } from './card-moves';
import { CardFocus } from './card-focus';
import { DragLayer } from './drag-layer';
import { FailedLane } from './failed-lane';
import { flipCards } from './flip';
import { NewCardDialog, type NewCardRequest } from './new-card-dialog';

@Component({
  selector: 'ao-board-page',
  imports: [BoardColumn, BoardSkeleton, CardDrawer, DragLayer, ErrorPanel, FailedLane, Glyph, Icon],
  providers: [BoardStore, BoardAnnouncer, BoardDrag, CardMoves, CardFocus],
  templateUrl: './board-page.html',
  styleUrl: './board-page.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class BoardPage {
  private readonly dialog = inject(Dialog);
  private readonly injector = inject(Injector);
  private readonly router = inject(Router);
  private readonly drag = inject(BoardDrag);
  private readonly filterInput = viewChild<ElementRef<HTMLInputElement>>('filter');
  protected readonly session = inject(Session);
  protected readonly store = inject(BoardStore);
  protected readonly moves = inject(CardMoves);
  protected readonly focus = inject(CardFocus);
  readonly boardId = input.required<string>();
  /** The open card, from the address. */
  readonly card = input<string>();

  protected readonly key = computed(() => this.store.board()?.key ?? '');
  /** On the phone one column is shown at a time; the failed ones are the first tab. */
  protected readonly tab = signal<string | undefined>(undefined);
  protected readonly shownTab = computed(() => {
    const placed = this.store.placed();
    const tab = this.tab();
    if (tab === 'failed' && this.store.failed().length > 0) return tab;
    if (tab && placed.some(({ column }) => column.columnId === tab)) return tab;
    const doing = placed.find(({ column, count }) => column.category === 'doing' && count > 0);
    // What failed needs eyes more than a column where nothing is.
    if (!doing && this.store.failed().length > 0) return 'failed';
    return (doing ?? placed[0])?.column.columnId;
  });
  /** The field of the open card that is edited. */
  protected readonly editing = signal<EditField | undefined>(undefined);
  protected readonly opened = computed(() => {
    const cardId = this.card();
    return cardId ? this.store.card(cardId) : undefined;
  });

  constructor() {
    inject(BoardAnnouncer);
    effect(() => this.store.boardId.set(this.boardId()));
    effect(() => {
      const board = this.store.board();
      if (board) rememberBoard(board.boardId);
    });
    breadcrumb(() => this.store.board()?.name ?? 'Board');
    this.focus.follow();
    flipCards(this.store.placed, () => this.drag.isQuiet());
    this.drag.dropped = (card, landing, outcome) => void this.moves.drop(card, landing, outcome);
    shortcuts([
      { keys: ['c'], words: 'New card', group: 'Board', run: () => this.newCard() },
      { keys: ['/'], words: 'Filter', group: 'Board', run: () => this.filterInput()?.nativeElement.focus() },
      {
        keys: ['m'],
        words: 'Move to…',
        group: 'Board',
        run: () => this.moves.choose(this.focus.card() ?? this.opened()),
      },
      { keys: ['e'], words: 'Edit the card…', group: 'Board', run: () => this.edit('title') },
      { keys: ['p'], words: 'Priority…', group: 'Board', run: () => this.edit('priority') },
      { keys: ['i'], words: 'Assign…', group: 'Board', run: () => this.edit('assignees') },
      { keys: ['j', 'ArrowDown'], words: 'Next card', group: 'Board', run: () => this.focus.step(1) },
      { keys: ['k', 'ArrowUp'], words: 'Previous card', group: 'Board', run: () => this.focus.step(-1) },
      {
        keys: ['h', 'ArrowLeft'],
        words: 'Column to the left',
        group: 'Board',
        run: () => this.focus.column(-1),
      },
      {
        keys: ['l', 'ArrowRight'],
        words: 'Column to the right',
        group: 'Board',
        run: () => this.focus.column(1),
      },
      {
        keys: ['Escape'],
        words: 'Close the card, clear the filter',
        group: 'Board',
        run: () => this.escape(),
      },
    ]);
  }

  private edit(field: EditField): boolean {
    const card = this.focus.card() ?? this.opened();
    if (!card || !this.session.may('board:write')) return false;
    this.editing.set(field);
    if (this.card() !== card.cardId) this.open(card, field);
    return true;
  }

  protected open(card: CardRow | undefined, editing?: EditField): void {
    this.editing.set(editing);
    void this.router.navigate([], {
      queryParams: { card: card?.cardId ?? null },
      replaceUrl: this.card() !== undefined,
    });
    if (!card) this.focus.restore();
  }

  protected newCard(columnId = this.store.placed()[0]?.column.columnId): void {
    if (!this.session.may('board:write') || !columnId) return;
    const data: NewCardRequest = {
      store: this.store,
      columns: this.store.placed().map(({ column }) => column),
      columnId,
    };
    this.dialog.open(NewCardDialog, {
      data,
      injector: this.injector,
      panelClass: 'dialog-panel',
      backdropClass: 'dialog-scrim',
      ariaLabelledBy: 'new-card-title',
      autoFocus: 'input',
    });
  }

  protected filtered(query: string): void {
    this.store.query.set(query);
  }

  protected escape(): boolean {
    if (this.card()) {
      this.open(undefined);
      return true;
    }
    if (!this.store.query()) return false;
    this.store.query.set('');
    return true;
  }
}
