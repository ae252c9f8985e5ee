import { DIALOG_DATA, DialogRef } from '@angular/cdk/dialog';
import { CdkListbox, CdkOption } from '@angular/cdk/listbox';
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import type { CardRow, Column } from '@agencyos/contracts';
import { Glyph } from '../ui/glyph';
import { dropOutcome, type DropOutcome } from './pure/move-rules';
import type { PlacedColumn } from './pure/placement';

export interface MoveRequest {
  card: CardRow;
  columns: PlacedColumn[];
}

const NOTES: Partial<Record<string, string>> = {
  requeue: 'starts the task again',
  cancel: 'cancels the work',
  resolve: 'resolves the incident',
};

/** Every move without a drag (WCAG 2.5.7): the columns, what each would do, and why one refuses. */
@Component({
  selector: 'ao-move-dialog',
  imports: [CdkListbox, CdkOption, Glyph],
  template: `
    <h2 id="move-title">Move to…</h2>
    <p class="inert-text">{{ data.card.title }}</p>
    <ul cdkListbox aria-labelledby="move-title" (cdkListboxValueChange)="chosen($event.value)">
      @for (choice of choices; track choice.column.columnId) {
        <li
          class="menu-item"
          [cdkOption]="choice.column"
          [cdkOptionDisabled]="choice.disabled"
          [attr.cdkFocusInitial]="$first ? '' : null"
        >
          <ao-glyph [state]="choice.glyph" label="" />
          {{ choice.column.name }}
          <small>{{ choice.note }}</small>
        </li>
      }
    </ul>
    <div class="dialog-actions"><button type="button" class="btn" (click)="ref.close()">Cancel</button></div>
  `,
  styles: `
    ul {
      margin-top: var(--space-3);
      outline: none;
    }
    .menu-item[aria-selected='true'] {
      background: none;
    }
    .menu-item.cdk-option-active {
      background: var(--bg-hover);
    }
  `,
  host: { class: 'dialog' },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class MoveDialog {
  protected readonly data = inject<MoveRequest>(DIALOG_DATA);
  protected readonly ref = inject<DialogRef<Column>>(DialogRef);
  protected readonly choices = this.data.columns.map(({ column, wip }) => {
    const outcome = dropOutcome(this.data.card, column, wip);
    const here = column.columnId === this.data.card.columnId && outcome.kind === 'move';
    return {
      column,
      disabled: here || outcome.kind === 'refuse',
      note: here ? 'is here' : noteOf(outcome),
      glyph: column.category === 'doing' ? ('progress' as const) : column.category,
    };
  });

  protected chosen([column]: readonly unknown[]): void {
    this.ref.close(column as Column);
  }
}

function noteOf(outcome: DropOutcome): string {
  if (outcome.kind === 'refuse') return outcome.refusal.title;
  return outcome.kind === 'ask' ? (NOTES[outcome.wants] ?? '') : '';
}
