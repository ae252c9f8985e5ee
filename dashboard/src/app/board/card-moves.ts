import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Dialog } from '@angular/cdk/dialog';
import { Injectable, inject } from '@angular/core';
import type { CardRow, Column } from '@agencyos/contracts';
import { firstValueFrom } from 'rxjs';
import { isProblem, refusalOf, wordsOf } from '../session/api';
import { Session } from '../session/session';
import { confirm } from '../ui/confirm-dialog';
import { Toaster } from '../ui/toaster';
import { BoardStore } from './board-store';
import { MoveDialog, type MoveRequest } from './move-dialog';
import { dropOutcome, type DropOutcome } from './pure/move-rules';
import type { Landing } from './board-drag';

/** Every way to move a card: drop, menu and retry, with the question before an attempt is stopped. */
@Injectable()
export class CardMoves {
  private readonly store = inject(BoardStore);
  private readonly session = inject(Session);
  private readonly dialog = inject(Dialog);
  private readonly toaster = inject(Toaster);
  private readonly announcer = inject(LiveAnnouncer);

  async drop(card: CardRow, { columnId, beforeId }: Landing, outcome: DropOutcome): Promise<void> {
    if (outcome.kind === 'refuse') {
      this.toaster.show({ tone: 'refused', text: `${outcome.refusal.title}. ${outcome.refusal.detail}` });
      return;
    }
    await this.send(card, { toColumnId: columnId, beforeId }, outcome);
  }

  /** The dialog behind `M`. */
  async choose(card: CardRow | undefined): Promise<void> {
    if (!card || !this.session.may('board:write')) return;
    const data: MoveRequest = { card, columns: this.store.placed() };
    const ref = this.dialog.open<Column>(MoveDialog, {
      data,
      panelClass: 'dialog-panel',
      backdropClass: 'dialog-scrim',
      ariaLabelledBy: 'move-title',
      autoFocus: '[cdkListbox]',
    });
    const column = await firstValueFrom(ref.closed, { defaultValue: undefined });
    if (column) await this.to(card, column);
  }

  /** Back to work: the owner is asked to start it again. */
  async retry(card: CardRow): Promise<void> {
    const todo = this.store.placed().find(({ column }) => column.category === 'todo');
    if (todo) await this.to(card, todo.column);
  }

  async to(card: CardRow, column: Column): Promise<void> {
    const placed = this.store.placed().find((other) => other.column.columnId === column.columnId);
    if (placed) await this.drop(card, { columnId: column.columnId }, dropOutcome(card, column, placed.wip));
  }

  private async send(
    card: CardRow,
    to: { toColumnId: string; beforeId?: string | undefined },
    outcome: Exclude<DropOutcome, { kind: 'refuse' }>,
    confirmed = false,
  ): Promise<void> {
    if (outcome.kind === 'ask' && outcome.stopsAttempt && !confirmed) {
      if (!(await this.confirmStop(card, outcome.wants))) return;
      confirmed = true;
    }
    try {
      await this.store.move(card, to, { shownAtOnce: outcome.kind === 'move', confirmed });
      if (outcome.kind === 'move') void this.announcer.announce(`Moved ${card.title}`);
    } catch (error) {
      if (refusalOf(error, 'MoveCards') === 'confirmation_required' && !confirmed) {
        if (await this.confirmStop(card, 'requeue')) await this.send(card, to, outcome, true);
      } else this.refused(error);
    }
  }

  private confirmStop(card: CardRow, wants: string): Promise<boolean> {
    const cancel = wants === 'cancel';
    return confirm(this.dialog, {
      title: cancel ? 'Cancel the running task?' : 'Stop the running attempt?',
      text: cancel
        ? `${card.title} is being worked on. Its attempt is stopped and the task is cancelled.`
        : `${card.title} is being worked on. Its attempt is stopped, and a free agent starts it again from the beginning.`,
      action: cancel ? 'Cancel task' : 'Stop and start again',
      danger: true,
    });
  }

  private refused(error: unknown): void {
    const text = wordsOf(error);
    this.toaster.show(
      isProblem(error)
        ? {
            tone: 'refused',
            text,
            detail: [error.code, error.problem.correlationId].filter(Boolean).join(' · '),
          }
        : { tone: 'refused', text },
    );
  }
}
