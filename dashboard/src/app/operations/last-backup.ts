import { ChangeDetectionStrategy, Component, computed, DestroyRef, inject, signal } from '@angular/core';
import { Api } from '../session/api';
import { PageClock } from '../ui/clock';
import { age, exact } from '../ui/pure/format';
import { Glyph } from '../ui/glyph';

/** As the supervisor tells of them. */
interface Backups {
  /** When they are made, in words: `every 6 h`. */
  how: string;
  next: string[];
  oldAt: string;
  running: boolean;
  lastGood?: { at: string };
  failed?: { at: string; why: string };
}

const ASK_EVERY_MS = 30_000;

/** The last good backup, where this machine makes some by itself; nothing elsewhere. */
@Component({
  selector: 'ao-last-backup',
  imports: [Glyph],
  template: `
    @if (backups(); as state) {
      <p class="backups" [attr.data-state]="glyph()">
        <ao-glyph [state]="glyph()" label="" />
        @if (state.lastGood; as good) {
          <span
            >Last good backup
            <time class="num" [attr.datetime]="good.at" [title]="exact(good.at)">{{ when() }}</time></span
          >
        } @else {
          <span>No good backup yet</span>
        }
        <span class="num">one {{ state.how }}</span>
        @if (state.running) {
          <span>one is being made</span>
        } @else if (state.next[0]; as next) {
          <span
            >next <time class="num" [attr.datetime]="next" [title]="coming()">{{ exact(next) }}</time></span
          >
        }
        @if (state.failed; as failed) {
          <span class="why" [title]="exact(failed.at)">The last attempt failed: {{ failed.why }}</span>
        }
      </p>
    }
  `,
  styles: `
    .backups {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 12px;
      margin: 0 0 16px;
      padding: 9px 14px;
      border: 1px solid var(--border-1);
      border-radius: var(--radius-lg);
      background: var(--bg-surface);
      color: var(--text-2);
    }
    .why {
      overflow-wrap: anywhere;
      color: var(--st-failed-text);
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class LastBackup {
  private readonly api = inject(Api);
  private readonly clock = inject(PageClock);
  protected readonly backups = signal<Backups | undefined>(undefined);
  protected readonly glyph = computed(() => {
    const { failed, lastGood, oldAt = '' } = this.backups() ?? {};
    if (failed) return 'failed';
    if (!lastGood) return 'todo';
    return this.clock.now() > Date.parse(oldAt) ? 'warn' : 'done';
  });
  protected readonly when = computed(() => {
    const words = age(this.backups()?.lastGood?.at, this.clock.now());
    return /(s|min)$/.test(words) ? `${words} ago` : words;
  });
  protected readonly coming = computed(() => `Next: ${this.backups()?.next.map(exact).join(', ')}`);
  protected readonly exact = exact;

  constructor() {
    const asks = setInterval(() => void this.ask(), ASK_EVERY_MS);
    inject(DestroyRef).onDestroy(() => clearInterval(asks));
    void this.ask();
  }

  private async ask(): Promise<void> {
    try {
      this.backups.set((await this.api.get<{ backups?: Backups }>('/api/v1/backups')).backups);
    } catch {
      // No supervisor here, or it does not answer: what is known stays.
    }
  }
}
