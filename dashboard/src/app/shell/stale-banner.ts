import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { Connection } from '../live/connection';
import { Clock } from '../ui/clock';
import { clock } from '../ui/format';
import { Icon } from '../ui/icon';
import { STALE_AFTER_MS } from './connection-pill';

@Component({
  selector: 'ao-stale-banner',
  imports: [Icon],
  template: `
    @if (since(); as at) {
      <div class="banner banner-stale" role="status">
        <ao-icon name="warn" />
        <p><b>Not live.</b> You see {{ at }}. What you do now is kept and sent when the server answers.</p>
        <span class="spacer"></span>
        <button type="button" class="btn btn-sm" (click)="connection.retryNow()">Try now</button>
      </div>
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class StaleBanner {
  private readonly clock = inject(Clock);
  protected readonly connection = inject(Connection);
  protected readonly since = computed(() => {
    const { state, since } = this.connection.status();
    return state === 'retrying' && this.clock.now() - since > STALE_AFTER_MS ? clock(since) : '';
  });
}
