import { DIALOG_DATA, type Dialog, DialogRef } from '@angular/cdk/dialog';
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { firstValueFrom } from 'rxjs';

export interface Confirmation {
  title: string;
  /** What happens, in one or two sentences. */
  text: string;
  /** The same verb as on the button that opened it. */
  action: string;
  danger?: boolean;
}

@Component({
  selector: 'ao-confirm-dialog',
  template: `
    <h2 id="confirm-title">{{ data.title }}</h2>
    <p id="confirm-text">{{ data.text }}</p>
    <div class="dialog-actions">
      <button type="button" class="btn" cdkFocusInitial (click)="ref.close(false)">Back</button>
      <button
        type="button"
        class="btn"
        [class.btn-danger-solid]="data.danger"
        [class.btn-ink]="!data.danger"
        (click)="ref.close(true)"
      >
        {{ data.action }}
      </button>
    </div>
  `,
  host: { class: 'dialog' },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ConfirmDialog {
  protected readonly data = inject<Confirmation>(DIALOG_DATA);
  protected readonly ref = inject<DialogRef<boolean>>(DialogRef);
}

/** Asks once more; false when the viewer backs out. */
export async function confirm(dialog: Dialog, data: Confirmation): Promise<boolean> {
  const ref = dialog.open<boolean>(ConfirmDialog, {
    data,
    role: 'alertdialog',
    panelClass: 'dialog-panel',
    backdropClass: 'dialog-scrim',
    ariaLabelledBy: 'confirm-title',
    ariaDescribedBy: 'confirm-text',
  });
  return (await firstValueFrom(ref.closed, { defaultValue: false })) === true;
}
