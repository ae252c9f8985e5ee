import { ChangeDetectionStrategy, Component, effect, inject } from '@angular/core';
import { Router } from '@angular/router';
import { Overview } from '../shell/overview';
import { ErrorPanel } from '../ui/error-panel';
import { Icon } from '../ui/icon';
import { BoardSkeleton } from './board-skeleton';
import { boardToOpen } from './board-to-open';

/** Where the guard knew of no board yet: leads on to one as soon as it is there, and says what is missing meanwhile. */
@Component({
  selector: 'ao-boards-page',
  imports: [BoardSkeleton, ErrorPanel, Icon],
  template: `
    @if (overview.boardsStatus() === 'loading') {
      <ao-board-skeleton />
    } @else if (overview.boardsStatus() !== 'ready') {
      <ao-error-panel
        title="The boards could not be read"
        text="The page asks again when the connection is back."
      />
    } @else if (overview.boards().length === 0) {
      <div class="empty">
        <ao-icon name="board" />
        <h1>There is no board yet</h1>
        <p>The first one appears with the first start of the kanban service.</p>
      </div>
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class BoardsPage {
  protected readonly overview = inject(Overview);

  constructor() {
    const router = inject(Router);
    effect(() => {
      const board = boardToOpen(this.overview.boards());
      if (board) void router.navigate(['/boards', board.boardId], { replaceUrl: true });
    });
  }
}
