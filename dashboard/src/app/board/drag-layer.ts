import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { Icon } from '../ui/icon';
import { BoardCard } from './board-card';
import { BoardDrag } from './board-drag';

/** The lifted card under the pointer, and under it why a column refuses. */
@Component({
  selector: 'ao-drag-layer',
  imports: [BoardCard, Icon],
  template: `
    @if (drag.lifted(); as lifted) {
      <div class="layer" [style.width.px]="lifted.width" [style.transform]="at()" aria-hidden="true">
        <div
          [aoCard]="lifted.card"
          [boardKey]="boardKey()"
          class="is-lifted"
          [class.is-refused]="drag.refusal()"
        ></div>
        @if (drag.refusal(); as refusal) {
          <div class="refusal">
            <ao-icon name="refuse" />
            <p>
              <strong>{{ refusal.title }}</strong>
              <span>{{ refusal.detail }}</span>
            </p>
          </div>
        }
      </div>
    }
  `,
  styles: `
    .layer {
      position: fixed;
      left: 0;
      top: 0;
      z-index: var(--z-drag);
      pointer-events: none;
    }
    .refusal {
      display: flex;
      align-items: flex-start;
      gap: var(--space-2);
      width: max-content;
      max-width: 290px;
      margin-top: 10px;
      padding: 8px 12px 8px 10px;
      border-radius: var(--radius-lg);
      background: var(--bg-raised);
      box-shadow: var(--shadow-pop);
    }
    .refusal ao-icon {
      color: var(--st-failed);
    }
    strong,
    .refusal span {
      display: block;
    }
    .refusal span {
      font: var(--type-xs);
      color: var(--text-2);
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class DragLayer {
  protected readonly drag = inject(BoardDrag);
  readonly boardKey = input.required<string>();
  protected readonly at = computed(() => {
    const lifted = this.drag.lifted();
    const { x, y } = this.drag.pointer();
    return lifted ? `translate(${x - lifted.holdX}px, ${y - lifted.holdY}px)` : '';
  });
}
