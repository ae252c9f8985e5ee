import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { PageConnection } from '../live/connection';
import { Outbox } from '../session/outbox';
import { PageClock } from '../ui/clock';
import { clock, plural } from '../ui/pure/format';
import { Icon } from '../ui/icon';
import { MissingPart } from './missing-part';
import { STALE_AFTER_MS } from './connection-pill';

@Component({
  selector: 'ao-stale-banner',
  imports: [Icon],
  template: `
    @if (missing.wanted() !== undefined) {
      <div class="banner banner-stale" role="status">
        <ao-icon name="warn" />
        <p><b>This page is not here yet.</b> The server does not answer; it opens by itself when it does.</p>
        <span class="spacer"></span>
        <button type="button" class="btn btn-sm" (click)="missing.retryNow()">Try now</button>
      </div>
    } @else if (since(); as at) {
      <div class="banner banner-stale" role="status">
        <ao-icon name="warn" />
        <p><b>Not live.</b> You see {{ at }}. {{ kept() }}</p>
        <span class="spacer"></span>
        <button type="button" class="btn btn-sm" (click)="connection.retryNow()">Try now</button>
      </div>
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class StaleBanner {
  private readonly clock = inject(PageClock);
  private readonly outbox = inject(Outbox);
  protected readonly connection = inject(PageConnection);
  protected readonly missing = inject(MissingPart);
  protected readonly since = computed(() => {
    const { state, since } = this.connection.status();
    return state === 'retrying' && this.clock.now() - since > STALE_AFTER_MS ? clock(since) : '';
  });
  protected readonly kept = computed(() => {
    const waiting = this.outbox.waiting().length;
    if (waiting === 0) return 'What you do now is kept and sent when the server answers.';
    return `${plural(waiting, 'change')} of yours ${waiting === 1 ? 'is' : 'are'} kept and sent when the server answers.`;
  });
}
