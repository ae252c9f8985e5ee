import { DIALOG_DATA, DialogRef } from '@angular/cdk/dialog';
import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import type { CardRow, Column } from '@agencyos/contracts';
import { v7 } from 'uuid';
import { wordsOf } from '../session/api';
import { Outbox } from '../session/outbox';
import { Toaster } from '../ui/toaster';
import type { BoardStore } from './board-store';
import { splitLabels } from './pure/labels';

export interface NewCardRequest {
  store: BoardStore;
  columns: Column[];
  columnId: string;
}

@Component({
  selector: 'ao-new-card-dialog',
  templateUrl: './new-card-dialog.html',
  styles: `
    form {
      display: grid;
      gap: var(--space-3);
      margin-top: var(--space-3);
    }
    .pair {
      display: grid;
      grid-template-columns: 1fr 1fr;
      gap: var(--space-3);
    }
  `,
  host: { class: 'dialog' },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class NewCardDialog {
  protected readonly ref = inject(DialogRef);
  protected readonly data = inject<NewCardRequest>(DIALOG_DATA);
  private readonly outbox = inject(Outbox);
  private readonly toaster = inject(Toaster);
  protected readonly sending = signal(false);
  protected readonly refused = signal('');
  /** The same for every try, so that a lost answer never makes two cards. */
  private readonly cardId = v7();

  protected async submit(
    event: Event,
    title: string,
    columnId: string,
    priority: string,
    labels: string,
  ): Promise<void> {
    event.preventDefault();
    if (title.trim() === '' || this.sending()) return;
    this.refused.set('');
    const level = priority as CardRow['priority'];
    const card = { title: title.trim(), columnId, priority: level, labels: splitLabels(labels) };
    const answer = this.data.store.add({ cardId: this.cardId, ...card });
    if (this.outbox.away()) {
      answer.catch((error: unknown) => this.toaster.show({ tone: 'refused', text: wordsOf(error) }));
      this.ref.close();
      return;
    }
    this.sending.set(true);
    try {
      await answer;
      this.ref.close();
    } catch (error) {
      this.refused.set(wordsOf(error));
    } finally {
      this.sending.set(false);
    }
  }
}
