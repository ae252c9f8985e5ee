import { InjectionToken, inject, type Signal } from '@angular/core';
import { RedirectCommand, Router, type CanActivateFn, type Route, type Routes } from '@angular/router';
import type { Permission } from '@agencyos/contracts';
import { Session } from '../session/session';
import type { IconName } from '../ui/drawings';
import type { State } from '../ui/glyph';

/** What goes on behind a page: a figure that is told, one that calls somebody, or a state. Nought is not shown. */
export type Counter =
  { look: 'count' | 'badge'; figure: number; words?: string } | { look: 'glyph'; state: State | undefined };

/** One of the things that a page is about. */
export interface Item {
  id: string;
  name: string;
  note: string;
}

/** All that is said about a page: its address, navigation, shortcut, palette, help and titles follow from it. */
interface PageOptions {
  /** The first part of its address. */
  path: string;
  /** In the tab, the top bar and the navigation. */
  title: string;
  /** In the phone's bar, where that is another word. */
  phoneTitle?: string;
  /** As in "Go to the inbox". */
  name: string;
  /** Pressed after G. */
  key: string;
  /** One of the house's, or a drawing of its own. */
  icon: IconName;
  /** For whom it is there. */
  permission: Permission;
  /** The page of the documentation that explains it, as `guide/boards`; the first one where it has none. */
  help?: string;
  /** Is called once in the shell, where it may inject. */
  counter?: () => Signal<Counter>;
  /** Stand below it in the sidebar; while one is open, the top bar leads to another. */
  items?: { another: string; list: () => Signal<Item[]> };
  /** Below its path. */
  routes: Routes;
}

export interface Page extends Readonly<PageOptions> {
  readonly link: string;
  readonly route: Route;
}

export function definePage(options: PageOptions): Page {
  const { path, title, permission, routes } = options;
  return {
    ...options,
    link: `/${path}`,
    route: { path, title, canActivate: [onlyWho(permission)], children: routes },
  };
}

/** Where the documentation is, for everybody; of no page its beginning. */
export const helpOf = (page?: Page): string => `/docs/${page?.help ?? ''}`;

/** In the order of the navigation; the first is home. */
export type Pages = readonly [Page, ...Page[]];
export const PAGES = new InjectionToken<Pages>('pages');

/** A page that its visitor may not see is as if there were none. */
function onlyWho(permission: Permission): CanActivateFn {
  return (_route, { url }) =>
    inject(Session).may(permission) ||
    new RedirectCommand(inject(Router).parseUrl('/not-found'), { browserUrl: url });
}
