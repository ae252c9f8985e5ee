import { inject, type Signal } from '@angular/core';
import { Session } from '../session/session';
import { PAGES, type Counter, type Item, type Page } from './page';

export interface Place {
  page: Page;
  counter?: Signal<Counter>;
  items?: Signal<Item[]>;
}

/** The pages that the viewer may see, with what moves beside them. Must be called in an injection context. */
export function navigation(): Place[] {
  const session = inject(Session);
  return inject(PAGES)
    .filter(({ permission }) => session.may(permission))
    .map((page) => ({ page, counter: page.counter?.(), items: page.items?.list() }));
}
