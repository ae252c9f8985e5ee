import { DestroyRef, Injectable, inject, signal } from '@angular/core';

/** The one clock of the page: ages tick together, once a second. */
@Injectable({ providedIn: 'root' })
export class PageClock {
  private readonly nowSignal = signal(Date.now());
  readonly now = this.nowSignal.asReadonly();

  constructor() {
    const ticks = setInterval(() => {
      if (document.visibilityState === 'visible') this.nowSignal.set(Date.now());
    }, 1000);
    inject(DestroyRef).onDestroy(() => clearInterval(ticks));
    document.addEventListener('visibilitychange', () => this.nowSignal.set(Date.now()));
  }
}
