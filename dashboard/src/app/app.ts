import { ChangeDetectionStrategy, Component, effect, inject } from '@angular/core';
import { Router, RouterOutlet } from '@angular/router';
import { PageConnection } from './live/connection';
import { Session } from './session/session';
import { Toasts } from './ui/toasts';

@Component({
  selector: 'ao-root',
  imports: [RouterOutlet, Toasts],
  template: `
    @if (session.unreachable()) {
      <p class="unreachable" role="status">The server does not answer. This page tries again by itself.</p>
    }
    <router-outlet />
    <ao-toasts />
  `,
  styles: `
    .unreachable {
      display: grid;
      place-items: center;
      height: 100dvh;
      padding: var(--space-6);
      color: var(--text-2);
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class App {
  protected readonly session = inject(Session);

  constructor() {
    const router = inject(Router);
    const connection = inject(PageConnection);
    effect(() => {
      if (!connection.refused()) return;
      this.session.end();
      void router.navigate(['/login'], { queryParams: { next: router.url } });
    });
  }
}
