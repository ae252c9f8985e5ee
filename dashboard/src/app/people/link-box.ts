import { Clipboard } from '@angular/cdk/clipboard';
import { ChangeDetectionStrategy, Component, inject, input } from '@angular/core';
import type { NewLink } from '@agencyos/contracts';
import { Icon } from '../ui/icon';
import { exact } from '../ui/pure/format';
import { Toaster } from '../ui/toaster';

/** A one-time link, to be handed over. */
@Component({
  selector: 'ao-link-box',
  imports: [Icon],
  template: `
    <p>Hand this link over in a way that only its person reads. With it they set their password.</p>
    <p class="link-row">
      <code class="code mono">{{ link().url }}</code>
      <button type="button" class="icon-btn" aria-label="Copy the link" (click)="copy()">
        <ao-icon name="copy" />
      </button>
    </p>
    <p class="hint">It works once, until {{ exact(link().expiresAt) }}, and is shown only now.</p>
  `,
  styles: `
    .link-row {
      display: flex;
      align-items: center;
      gap: var(--space-2);
      margin: var(--space-3) 0;
    }
    code {
      overflow-wrap: anywhere;
      user-select: all;
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class LinkBox {
  readonly link = input.required<NewLink>();
  private readonly clipboard = inject(Clipboard);
  private readonly toaster = inject(Toaster);
  protected readonly exact = exact;

  protected copy(): void {
    this.clipboard.copy(this.link().url);
    this.toaster.show({ tone: 'plain', text: 'Link copied' });
  }
}
