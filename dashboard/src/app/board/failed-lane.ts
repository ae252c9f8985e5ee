import { ChangeDetectionStrategy, Component, inject, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { CardRow } from '@agencyos/contracts';
import { Session } from '../session/session';
import { Avatar } from '../ui/avatar';
import { PageClock } from '../ui/clock';
import { age } from '../ui/pure/format';
import { Glyph } from '../ui/glyph';
import { BoardStore } from './board-store';

/** A strip above the columns: one row per failure, with the way out. No failures, no strip. */
@Component({
  selector: 'ao-failed-lane',
  imports: [Avatar, Glyph, RouterLink],
  template: `
    <section aria-labelledby="failed-lane">
      <h2 id="failed-lane">
        Failed <span class="count">{{ cards().length }}</span>
      </h2>
      <ul>
        @for (card of cards(); track card.cardId) {
          @let badge = store.badge(card);
          <li [id]="'card-' + card.cardId" [attr.data-card-id]="card.cardId" tabindex="-1">
            <ao-glyph state="failed" />
            <span class="number num">{{ boardKey() }}-{{ card.number }}</span>
            <span class="title inert-text">{{ card.title }}</span>
            @if (badge?.role; as role) {
              <code class="role">{{ role }}</code>
            }
            @let why = whyOf(card);
            <span class="why inert-text" [title]="why">{{ why }}</span>
            <span class="spacer"></span>
            <span class="num dim">{{ ageOf(card) }}</span>
            @if (badge?.holder; as holder) {
              <ao-avatar [principal]="holder" />
            }
            <span class="acts">
              @if (session.may('board:write')) {
                <button
                  type="button"
                  class="btn btn-sm"
                  [disabled]="!!card.pending"
                  (click)="retry.emit(card)"
                >
                  {{ card.pending ? 'Asked' : 'Retry' }}
                </button>
              }
              @if (card.source?.kind === 'task') {
                <a
                  class="btn btn-sm btn-ghost"
                  [routerLink]="['/runs', $any(card.source).runId]"
                  [queryParams]="{ task: $any(card.source).taskId }"
                >
                  Open task
                </a>
              }
            </span>
          </li>
        }
      </ul>
    </section>
  `,
  styleUrl: './failed-lane.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class FailedLane {
  private readonly clock = inject(PageClock);
  protected readonly store = inject(BoardStore);
  protected readonly session = inject(Session);
  readonly cards = input.required<CardRow[]>();
  readonly boardKey = input.required<string>();
  readonly retry = output<CardRow>();

  protected whyOf(card: CardRow): string {
    return this.store.facts(card).refusal ?? card.blocked?.reason ?? '';
  }

  protected ageOf(card: CardRow): string {
    return age(card.blocked?.since, this.clock.now());
  }
}
