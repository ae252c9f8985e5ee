import { DestroyRef, Injectable, inject } from '@angular/core';
import { NavigationEnd, Router } from '@angular/router';
import { filter } from 'rxjs';

/**
 * After a navigation the focus stands on the heading of the new page, not on nothing: who reads by ear or works by keys
 * goes on from there.
 */
@Injectable()
export class PageFocus {
  private at: string;
  private watch?: MutationObserver;

  constructor() {
    const router = inject(Router);
    this.at = pathOf(router.url);
    const events = router.events.pipe(filter((event) => event instanceof NavigationEnd));
    const subscription = events.subscribe(({ urlAfterRedirects }) => this.went(pathOf(urlAfterRedirects)));
    inject(DestroyRef).onDestroy(() => {
      subscription.unsubscribe();
      this.watch?.disconnect();
    });
  }

  private went(path: string): void {
    if (path === this.at) return;
    this.at = path;
    const before = headingOf();
    this.watch?.disconnect();
    this.watch = new MutationObserver(() => this.settle(before));
    this.watch.observe(document.body, { childList: true, subtree: true, characterData: true });
    this.settle(before);
  }

  /** The heading may come with the page's data. Whoever has put the focus somewhere meanwhile keeps it. */
  private settle(before: HTMLElement | null): void {
    const heading = headingOf();
    if (!heading || (heading === before && isPlaced())) return;
    this.watch?.disconnect();
    if (isPlaced()) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}

const headingOf = () => document.querySelector<HTMLElement>('#main h1');

/** Somewhere on the page, and not only on the link that led here. */
function isPlaced(): boolean {
  const active = document.activeElement;
  return active !== null && active !== document.body && active.closest('nav[aria-label=Main]') === null;
}

const pathOf = (url: string) => url.split(/[?#]/)[0] ?? '';
