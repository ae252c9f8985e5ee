import { Injectable, effect, inject, signal } from '@angular/core';
import { PageTitle } from './page-title';

export interface Crumbs {
  section: string;
  /** Where the section leads; none on its own page. */
  link?: string;
  name?: string;
}

@Injectable({ providedIn: 'root' })
export class Breadcrumb {
  readonly crumbs = signal<Crumbs>({ section: '' });
}

/** Names the present page in the top bar and in the tab. Must be called in an injection context. */
export function breadcrumb(crumbs: () => Crumbs): void {
  const { crumbs: shown } = inject(Breadcrumb);
  const title = inject(PageTitle);
  effect(() => {
    const next = crumbs();
    shown.set(next);
    title.name(next.name ?? next.section);
  });
}
