import { ChangeDetectionStrategy, Component, input } from '@angular/core';

export const LEVELS = ['urgent', 'high', 'normal', 'low'] as const;
export type PriorityLevel = (typeof LEVELS)[number];

@Component({
  selector: 'ao-priority',
  template: `<svg
    [class]="'priority priority-' + level()"
    role="img"
    [attr.aria-label]="'Priority ' + level()"
  >
    <title>Priority {{ level() }}</title>
    <use [attr.href]="'#p-' + level()" />
  </svg>`,
  styles: `
    :host {
      display: contents;
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Priority {
  readonly level = input.required<PriorityLevel>();
}
