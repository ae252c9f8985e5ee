import { DIALOG_DATA, DialogRef } from '@angular/cdk/dialog';
import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import type { Column } from '@agencyos/contracts';
import { v7 } from 'uuid';
import { wordsOf } from '../session/api';
import type { BoardStore } from './board-store';

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
    this.sending.set(true);
    this.refused.set('');
    try {
      await this.data.store.add({
        cardId: this.cardId,
        title: title.trim(),
        columnId,
        priority,
        labels: split(labels),
      });
      this.ref.close();
    } catch (error) {
      this.refused.set(wordsOf(error));
    } finally {
      this.sending.set(false);
    }
  }
}

const split = (labels: string) => [
  ...new Set(
    labels
      .split(',')
      .map((label) => label.trim())
      .filter(Boolean),
  ),
];
