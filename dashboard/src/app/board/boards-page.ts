import { ChangeDetectionStrategy, Component, effect, inject } from '@angular/core';
import { Router } from '@angular/router';
import { breadcrumb } from '../shell/breadcrumb';
import { Overview } from '../shell/overview';
import { Icon } from '../ui/icon';

/** Leads on to the work board; says what is missing while there is none. */
@Component({
  selector: 'ao-boards-page',
  imports: [Icon],
  template: `
    @if (overview.boardsStatus() === 'ready' && overview.boards().length === 0) {
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
    breadcrumb(() => ({ section: 'Boards' }));
    effect(() => {
      const [first] = this.overview.boards();
      if (first) void router.navigate(['/boards', first.boardId], { replaceUrl: true });
    });
  }
}
