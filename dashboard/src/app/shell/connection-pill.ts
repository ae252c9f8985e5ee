import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { Connection } from '../live/connection';
import { Clock } from '../ui/clock';
import { clock } from '../ui/format';

/** After this long without the server the shown state is called stale, ms. */
export const STALE_AFTER_MS = 5_000;

/** Live, reconnecting or stale, in shape, colour and word. */
@Component({
  selector: 'ao-connection-pill',
  template: `
    <span [class]="'pill pill-' + look().kind" role="status">
      <i aria-hidden="true"></i>
      {{ look().word }}
      @if (look().figure; as figure) {
        <span class="num">{{ figure }}</span>
      }
    </span>
  `,
  styleUrl: './connection-pill.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ConnectionPill {
  private readonly connection = inject(Connection);
  private readonly clock = inject(Clock);

  protected readonly look = computed(() => {
    const { state, attempt, since } = this.connection.status();
    if (state === 'live') return { kind: 'live', word: 'Live', figure: this.latencyWords() };
    if (state !== 'retrying') return { kind: 'retry', word: 'Connecting', figure: '' };
    if (this.clock.now() - since > STALE_AFTER_MS)
      return { kind: 'stale', word: 'Stale since', figure: clock(since) };
    return { kind: 'retry', word: 'Reconnecting', figure: `try ${attempt}` };
  });

  private latencyWords(): string {
    const latency = this.connection.latency();
    return latency === undefined ? '' : `${latency} ms`;
  }
}
