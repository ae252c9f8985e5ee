import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Icon } from '../ui/icon';
import { PAGES } from './page';

@Component({
  selector: 'ao-not-found-page',
  imports: [RouterLink, Icon],
  template: `
    <div class="empty">
      <ao-icon name="search" />
      <h1>There is no such page</h1>
      <p>The address may be from another installation, or mistyped.</p>
      <a class="btn btn-ink" routerLink="/">Go to {{ home.name }}</a>
    </div>
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class NotFoundPage {
  protected readonly home = inject(PAGES)[0];
}
