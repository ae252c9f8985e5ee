import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { Icon } from './icon';
import { Toaster, type Toast } from './toaster';

@Component({
  selector: 'ao-toasts',
  imports: [Icon],
  template: `
    @for (toast of toaster.toasts(); track toast.id) {
      <div class="toast" [class.toast-refused]="toast.tone === 'refused'">
        <ao-icon [name]="toast.tone === 'refused' ? 'refuse' : 'check'" />
        <p>
          {{ toast.text }}
          @if (toast.detail) {
            <code>{{ toast.detail }}</code>
          }
        </p>
        @if (toast.action; as action) {
          <button type="button" class="link" (click)="act(toast)">{{ action.label }}</button>
        }
        <button
          type="button"
          class="icon-btn icon-btn-sm"
          aria-label="Dismiss"
          (click)="toaster.dismiss(toast.id)"
        >
          <ao-icon name="x" />
        </button>
      </div>
    }
  `,
  styleUrl: './toasts.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Toasts {
  protected readonly toaster = inject(Toaster);

  protected act(toast: Toast): void {
    toast.action?.run();
    this.toaster.dismiss(toast.id);
  }
}
