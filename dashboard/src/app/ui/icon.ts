import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import { DRAWINGS, type Drawing, type IconName } from './drawings';

/** Decoration only, so it is hidden from assistive technology. */
@Component({
  selector: 'ao-icon',
  template: `<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path [attr.d]="path()" /></svg>`,
  styles: `
    :host {
      display: contents;
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Icon {
  readonly name = input.required<IconName>();
  protected readonly path = computed((): Drawing => {
    const name = this.name();
    return isDrawing(name) ? name : DRAWINGS[name];
  });
}

const isDrawing = (name: IconName): name is Drawing => name.startsWith('M');
