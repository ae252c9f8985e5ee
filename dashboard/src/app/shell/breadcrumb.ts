import { DestroyRef, Injectable, effect, inject, signal } from '@angular/core';
import { PageTitle } from './page-title';

/** The one thing that is looked at; none where a page shows all of them. */
@Injectable({ providedIn: 'root' })
export class Breadcrumb {
  readonly name = signal<string | undefined>(undefined);
}

/** Names what the page shows in the top bar and in the tab, for its life. Must be called in an injection context. */
export function breadcrumb(name: () => string): void {
  const { name: shown } = inject(Breadcrumb);
  const title = inject(PageTitle);
  effect(() => {
    shown.set(name());
    title.name(name());
  });
  inject(DestroyRef).onDestroy(() => shown.set(undefined));
}
