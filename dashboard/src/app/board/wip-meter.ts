import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import type { Wip } from './pure/placement';

/** Above this many places the meter is one bar. */
const SEGMENTS = 12;

/** One segment per place of the limit; what is over is hatched. The column's head says the same in figures. */
@Component({
  selector: 'ao-wip-meter',
  template: `
    @for (segment of segments(); track $index) {
      <i [class]="segment.kind" [style.flex-grow]="segment.share"></i>
    }
  `,
  styleUrl: './wip-meter.css',
  host: { 'aria-hidden': 'true', '[class]': "'wip-' + wip().state" },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class WipMeter {
  readonly wip = input.required<Wip>();
  readonly count = input.required<number>();

  protected readonly segments = computed(() => {
    const { limit, state } = this.wip();
    const count = this.count();
    if (state === 'none') return [];
    const total = Math.max(limit, count);
    if (total <= SEGMENTS) {
      return Array.from({ length: total }, (_, index) => ({
        kind: index >= limit ? 'surplus' : index < count ? 'filled' : '',
        share: 1,
      }));
    }
    return [
      { kind: 'filled', share: Math.min(count, limit) },
      { kind: 'surplus', share: Math.max(0, count - limit) },
      { kind: '', share: Math.max(0, limit - count) },
    ].filter(({ share }) => share > 0);
  });
}
