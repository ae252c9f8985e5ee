import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import { STATE_WORDS, type State } from './pure/state-words';

export type { State } from './pure/state-words';

/** State as shape and colour, with its word for those who see neither. */
@Component({
  selector: 'ao-glyph',
  template: `<svg
    [class]="classes()"
    [style.--p]="share()"
    [attr.role]="label() === '' ? null : 'img'"
    [attr.aria-label]="label() === '' ? null : (label() ?? word())"
    [attr.aria-hidden]="label() === '' ? true : null"
  >
    <use [attr.href]="'#s-' + state()" />
  </svg>`,
  styles: `
    :host {
      display: contents;
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Glyph {
  readonly state = input.required<State>();
  /** Percent of the ring of `progress`; 40 when unknown. */
  readonly share = input<number>();
  /** Other words than the state's own; empty where the word stands beside it. */
  readonly label = input<string>();
  readonly word = computed(() => STATE_WORDS[this.state()]);
  readonly classes = computed(() => `glyph st-${this.state()}`);
}
