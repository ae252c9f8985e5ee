import { ChangeDetectionStrategy, Component } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Icon } from '../ui/icon';

@Component({
  selector: 'ao-not-found-page',
  imports: [RouterLink, Icon],
  template: `
    <div class="empty">
      <ao-icon name="search" />
      <h1>There is no such page</h1>
      <p>The address may be from another installation, or mistyped.</p>
      <a class="btn btn-ink" routerLink="/boards">Go to the board</a>
    </div>
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class NotFoundPage {}
