import { Injectable, signal } from '@angular/core';

/** The one clock of the page: ages tick together, once a second. */
@Injectable({ providedIn: 'root' })
export class Clock {
  private readonly nowSignal = signal(Date.now());
  readonly now = this.nowSignal.asReadonly();

  constructor() {
    setInterval(() => {
      if (document.visibilityState === 'visible') this.nowSignal.set(Date.now());
    }, 1000);
    document.addEventListener('visibilitychange', () => this.nowSignal.set(Date.now()));
  }
}
