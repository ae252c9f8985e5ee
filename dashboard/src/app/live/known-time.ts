import { Injectable, computed, inject, linkedSignal } from '@angular/core';
import { PageClock } from '../ui/clock';
import { PageConnection } from './connection';

/** Time as far as the page knows it: it stands still while nothing can be heard, so that no lease only seems lost. */
@Injectable({ providedIn: 'root' })
export class KnownTime {
  private readonly connection = inject(PageConnection);
  private readonly clock = inject(PageClock);

  /** Now; without a connection the moment it was lost. */
  readonly now = computed(() => {
    const { state, since } = this.connection.status();
    return state === 'live' ? this.clock.now() : since;
  });

  /** Since when silence means something, ms: the last time the connection came to life. */
  readonly listeningSince = linkedSignal<{ state: string; since: number }, number>({
    source: this.connection.status,
    computation: ({ state, since }, previous) => (state === 'live' ? since : (previous?.value ?? since)),
  }).asReadonly();
}
