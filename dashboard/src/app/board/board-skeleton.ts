import { ChangeDetectionStrategy, Component } from '@angular/core';

/** The board's own geometry, still, and only after a moment. */
@Component({
  selector: 'ao-board-skeleton',
  template: `
    <p class="visually-hidden" role="status">Loading the board</p>
    @for (cards of columns; track $index) {
      <div class="column" aria-hidden="true">
        <i class="skeleton head"></i>
        @for (card of cards; track $index) {
          <div class="card"><i class="skeleton"></i><i class="skeleton title"></i></div>
        }
      </div>
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: repeat(4, minmax(0, 1fr));
      gap: 14px;
      padding: 14px 16px;
      animation: appear 1ms 200ms both;
    }
    .column {
      display: grid;
      align-content: start;
      gap: 8px;
    }
    .head {
      width: 40%;
      margin-bottom: 12px;
    }
    .card {
      display: grid;
      gap: 10px;
      padding: 14px 12px 18px;
      border: 1px solid var(--border-1);
      border-radius: var(--radius-lg);
      background: var(--bg-surface);
    }
    .card .skeleton:first-child {
      width: 35%;
      height: 8px;
    }
    .title {
      width: 75%;
    }
    @keyframes appear {
      from {
        opacity: 0;
      }
    }
    @media (max-width: 720px) {
      :host {
        grid-template-columns: minmax(0, 1fr);
      }
      .column + .column {
        display: none;
      }
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class BoardSkeleton {
  protected readonly columns = [[1, 2, 3, 4], [1, 2], [1], [1, 2, 3]];
}
