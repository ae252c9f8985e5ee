import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import type { ApprovalRow, TaskRow } from '@agencyos/contracts';
import { taskStateOf } from '../run/pure/task-look';
import { Session } from '../session/session';
import { Overview } from '../shell/overview';
import { Avatar } from '../ui/avatar';
import { PageClock } from '../ui/clock';
import { clock, clockOrDay, countdown } from '../ui/pure/format';
import { Glyph } from '../ui/glyph';
import { principalLook } from '../ui/principal';
import { APPROVAL_WORDS, approvalStateOf, whyExcluded } from './pure/approval-look';

const OUTCOMES_SHOWN = 12;

/** The facts beside a brief: votes, time left, what waits behind it, how the last of its kind went. */
@Component({
  selector: 'ao-approval-side',
  imports: [Avatar, Glyph],
  templateUrl: './approval-side.html',
  styleUrl: './approval-side.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ApprovalSide {
  private readonly clock = inject(PageClock);
  private readonly overview = inject(Overview);
  private readonly session = inject(Session);
  private readonly lookOf = principalLook();
  readonly approval = input.required<ApprovalRow>();
  readonly behind = input.required<TaskRow[]>();

  protected readonly need = computed(() => this.approval().stages.reduce((sum, { need }) => sum + need, 0));
  protected readonly approvals = computed(
    () => this.approval().votes.filter(({ vote }) => vote === 'approve').length,
  );
  protected readonly marks = computed(() =>
    Array.from({ length: this.need() }, (_, index) => index < this.approvals()),
  );
  /** Who may still decide: the principals of the stages that have not voted. */
  protected readonly eligible = computed(() => {
    const voted = new Set<string>(this.approval().votes.map(({ voter }) => voter));
    return [...new Set(this.approval().stages.flatMap(({ of }) => of))].filter(
      (principal) => !voted.has(principal),
    );
  });
  protected readonly excluded = computed(() => {
    const approval = this.approval();
    const { requester, excluded } = approval;
    return [...new Set([requester, ...excluded])].map((principal) => ({
      principal,
      why: `may not: ${principal === requester ? 'asked for it' : whyExcluded(approval, principal) || 'excluded'}`,
    }));
  });
  protected readonly expiry = computed(() => {
    const { requestedAt, expiresAt } = this.approval();
    const left = Date.parse(expiresAt) - this.clock.now();
    const share = (100 * left) / (Date.parse(expiresAt) - Date.parse(requestedAt));
    return { words: countdown(left), share: Math.min(100, Math.max(0, share)), at: clock(expiresAt) };
  });
  protected readonly outcomes = computed(() => {
    const { action, approvalId } = this.approval();
    return this.overview
      .approvals()
      .filter(
        (row) => row.approvalId !== approvalId && row.kind === action.kind && row.target === action.target,
      )
      .filter(({ state }) => state !== 'open')
      .sort((a, b) => (b.decidedAt ?? '').localeCompare(a.decidedAt ?? ''))
      .slice(0, OUTCOMES_SHOWN)
      .map(({ approvalId: id, state }) => ({
        id,
        state: approvalStateOf(state),
        words: APPROVAL_WORDS[state],
      }));
  });
  protected readonly outcomeWords = computed(() => {
    const counts = new Map<string, number>();
    for (const { words } of this.outcomes()) counts.set(words, (counts.get(words) ?? 0) + 1);
    return [...counts].map(([words, count]) => `${count} ${words.toLowerCase()}`).join(', ');
  });
  protected readonly states = taskStateOf;

  protected name(principal: string): string {
    const { name } = this.lookOf(principal);
    return this.isMe(principal) ? `${name} (you)` : name;
  }

  private isMe(principal: string): boolean {
    const roles = this.session.me()?.user?.roles ?? [];
    return principal === this.session.principal() || roles.some((role) => principal === `role:${role}`);
  }

  protected at(time: string): string {
    return clockOrDay(time, this.clock.now());
  }
}
