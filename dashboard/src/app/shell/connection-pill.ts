import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { PageConnection } from '../live/connection';
import { Outbox } from '../session/outbox';
import { PageClock } from '../ui/clock';
import { clock, plural } from '../ui/pure/format';

/** After this long without the server the shown state is called stale, ms. */
export const STALE_AFTER_MS = 5_000;
/** A change without an answer for so long is said to wait, ms. */
const LATE_MS = 2_000;

/** Live, reconnecting or stale, in shape, colour and word. */
@Component({
  selector: 'ao-connection-pill',
  template: `
    <span [class]="'pill pill-' + look().kind" role="status">
      <i aria-hidden="true"></i>
      {{ look().word }}
      @if (look().figure; as figure) {
        <span class="num figure">{{ figure }}</span>
      }
      @if (kept(); as words) {
        <span class="num kept">{{ words }}</span>
      }
    </span>
  `,
  styleUrl: './connection-pill.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ConnectionPill {
  private readonly connection = inject(PageConnection);
  private readonly clock = inject(PageClock);
  private readonly outbox = inject(Outbox);

  /** What was done and is not with the server yet; while live only what takes longer than it should. */
  protected readonly kept = computed(() => {
    const late = (since: number) => this.clock.now() - since > LATE_MS;
    const waiting = this.outbox.waiting().filter(({ since }) => this.outbox.away() || late(since)).length;
    return waiting > 0 ? `${plural(waiting, 'change')} waiting` : '';
  });
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
