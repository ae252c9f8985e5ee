import { ChangeDetectionStrategy, Component, booleanAttribute, input, model } from '@angular/core';
import { toggled } from '../ui/pure/toggled';

export interface Choice<T extends string> {
  value: T;
  name: string;
  means: string;
}

/** Some of a few, each with what it means. */
@Component({
  selector: 'ao-choices',
  template: `
    <fieldset>
      <legend class="field-label">{{ legend() }}</legend>
      @for (choice of all(); track choice.value) {
        <label class="choice">
          <input
            type="checkbox"
            [checked]="chosen().includes(choice.value)"
            (change)="toggle(choice.value)"
          /><b>{{ choice.name }}</b
          ><small [class.mono]="ids()">{{ choice.means }}</small>
        </label>
      }
    </fieldset>
  `,
  styleUrl: './choices.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Choices<T extends string> {
  readonly legend = input.required<string>();
  readonly all = input.required<readonly Choice<T>[]>();
  readonly chosen = model.required<T[]>();
  /** What they mean are ids. */
  readonly ids = input(false, { transform: booleanAttribute });

  protected toggle(value: T): void {
    this.chosen.update((chosen) => toggled(chosen, value));
  }
}
