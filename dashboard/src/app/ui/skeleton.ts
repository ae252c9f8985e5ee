import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

type Part = 'table' | 'tiles' | 'list' | 'brief' | 'run';

const TIMES: Record<Part, number> = { table: 4, tiles: 8, list: 3, brief: 3, run: 5 };

/** The geometry of what loads, still, and only after a moment: nothing is said before anything is known. */
@Component({
  selector: 'ao-skeleton',
  template: `
    <p class="visually-hidden" role="status">Loading {{ what() }}</p>
    <div [class]="part()" aria-hidden="true">
      @switch (part()) {
        @case ('brief') {
          <i class="skeleton tag"></i><i class="skeleton title"></i>
          @for (line of times(); track line) {
            <div class="step"><i class="skeleton"></i><i class="skeleton short"></i></div>
          }
          <div class="block"></div>
        }
        @case ('run') {
          <div class="plan">
            @for (node of times(); track node) {
              <div class="node"><i class="skeleton"></i><i class="skeleton short"></i></div>
            }
          </div>
        }
        @default {
          @for (row of times(); track row) {
            <div class="row"><i class="skeleton"></i><i class="skeleton short"></i></div>
          }
        }
      }
    </div>
  `,
  styleUrl: './skeleton.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Skeleton {
  readonly what = input.required<string>();
  readonly part = input<Part>('table');
  protected readonly times = computed(() => Array.from({ length: TIMES[this.part()] }, (_, index) => index));
}
