import { Injectable } from '@angular/core';
import type { PreloadingStrategy, Route } from '@angular/router';
import { EMPTY, catchError, defer, mergeMap, type Observable } from 'rxjs';

/** The first page has this long for itself, ms. */
const FIRST_PAGE_MS = 4_000;

/** Loads the code of the other pages while nothing else happens, so that they open without the server, too. */
@Injectable({ providedIn: 'root' })
export class PreloadWhenIdle implements PreloadingStrategy {
  private readonly quiet = new Promise<void>((resolve) => {
    setTimeout(() => {
      // Safari has no idle callback.
      if ('requestIdleCallback' in globalThis) requestIdleCallback(() => resolve());
      else resolve();
    }, FIRST_PAGE_MS);
  });

  preload(_route: Route, load: () => Observable<unknown>): Observable<unknown> {
    // What cannot be loaded now is tried again after the next navigation.
    return defer(() => this.quiet).pipe(
      mergeMap(load),
      catchError(() => EMPTY),
    );
  }
}
