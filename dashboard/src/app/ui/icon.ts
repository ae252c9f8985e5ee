import { ChangeDetectionStrategy, Component, input } from '@angular/core';

/** A drawing of the sprite in index.html; decoration only, so it is hidden from assistive technology. */
@Component({
  selector: 'ao-icon',
  template: `<svg class="icon" aria-hidden="true"><use [attr.href]="'#i-' + name()" /></svg>`,
  styles: `
    :host {
      display: contents;
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Icon {
  readonly name = input.required<string>();
}
