import { Clipboard } from '@angular/cdk/clipboard';
import {
  ChangeDetectionStrategy,
  Component,
  type ElementRef,
  Injector,
  afterNextRender,
  computed,
  inject,
  input,
  linkedSignal,
  signal,
  viewChild,
} from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ApprovalRow, RefusalOf } from '@agencyos/contracts';
import { liveView } from '../live/live-client';
import { isProblem, refusalOf, wordsOf } from '../session/api';
import { Outbox } from '../session/outbox';
import { Session } from '../session/session';
import { breadcrumb } from '../shell/breadcrumb';
import { Overview } from '../shell/overview';
import { shortcuts } from '../shell/shortcuts';
import { Avatar } from '../ui/avatar';
import { PageClock } from '../ui/clock';
import { clock, clockOrDay, exact, plural, shortDigest, shortId, words } from '../ui/pure/format';
import { Drafts } from '../ui/drafts';
import { ErrorPanel } from '../ui/error-panel';
import { Files } from '../ui/files';
import { Glyph } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { jsonText } from '../ui/pure/json-text';
import { principalLook } from '../ui/principal';
import { Toaster } from '../ui/toaster';
import { Skeleton } from '../ui/skeleton';
import { actionRows, linesOf } from './pure/action-rows';
import {
  APPROVAL_WORDS,
  approvalStateOf,
  notEnforcedOf,
  waitsBehind,
  whyExcluded,
} from './pure/approval-look';
import { ApprovalSide } from './approval-side';
import { guardedFiles, guardsSteps } from './pure/guarded-files';

/** Lines of an action that are shown at once. */
const SHOWN_LINES = 40;

/** What a person decides on: what will happen, exactly which action, what the asker wrote. */
@Component({
  selector: 'ao-approval-brief',
  imports: [ApprovalSide, Avatar, ErrorPanel, Files, Glyph, Icon, RouterLink, Skeleton],
  templateUrl: './approval-brief.html',
  styleUrl: './approval-brief.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ApprovalBrief {
  private readonly outbox = inject(Outbox);
  private readonly overview = inject(Overview);
  private readonly drafts = inject(Drafts);
  private readonly toaster = inject(Toaster);
  private readonly clipboard = inject(Clipboard);
  private readonly lookOf = principalLook();
  private readonly clock = inject(PageClock);
  private readonly injector = inject(Injector);
  private readonly approveButton = viewChild<ElementRef<HTMLButtonElement>>('approve');
  private readonly exactAction = viewChild<ElementRef<HTMLElement>>('exact');
  private readonly wholeButton = viewChild<ElementRef<HTMLButtonElement>>('whole');
  private readonly rejectButton = viewChild<ElementRef<HTMLButtonElement>>('reject');
  private readonly reasonInput = viewChild<ElementRef<HTMLTextAreaElement>>('why');
  protected readonly session = inject(Session);
  readonly approvalId = input.required<string>();

  private readonly view = liveView('approval', this.approvalId);
  protected readonly status = computed(() => this.view()?.status() ?? 'loading');
  protected readonly approval = computed(() => this.view()?.row('approval'));
  protected readonly row = computed(() =>
    this.overview.approvals().find((row) => row.approvalId === this.approvalId()),
  );
  private readonly runId = computed(() => {
    const origin = this.approval()?.origin;
    return origin?.kind === 'run' ? origin.id : undefined;
  });
  private readonly runView = liveView('run', this.runId);
  protected readonly run = computed(() => this.runView()?.row('run'));
  protected readonly behind = computed(() => {
    const taskId = this.approval()?.origin.taskId;
    return taskId ? waitsBehind(this.runView()?.list('task') ?? [], taskId) : [];
  });

  protected readonly title = computed(() => {
    const action = this.approval()?.action;
    return this.row()?.title ?? (action ? `${words(action.kind)} ${action.target}` : '');
  });
  protected readonly steps = computed(() => this.stepsOf(this.approval()));
  protected readonly action = computed(() => {
    const action = this.approval()?.action;
    const rows = actionRows(action?.parameters);
    return action && { ...action, rows, lines: linesOf(rows) };
  });
  private readonly read = linkedSignal({
    source: () => this.approval()?.actionDigest,
    computation: () => false,
  });
  /** A long action is cut until somebody asks for all of it; only then can it be approved. */
  protected readonly cut = computed(() => !this.read() && (this.action()?.lines ?? 0) > SHOWN_LINES);
  protected readonly files = computed(() => guardedFiles(this.approval()?.action.parameters));
  protected readonly guards = computed(() => guardsSteps(this.approval()?.action.parameters));
  protected readonly brief = computed(() => jsonText(this.approval()?.brief));
  protected readonly byAgent = computed(() => {
    const approval = this.approval();
    return approval?.origin.kind === 'run' || approval?.requester.startsWith('agent:');
  });
  protected readonly notEnforced = computed(() => {
    const approval = this.approval();
    return approval && notEnforcedOf(approval);
  });
  protected readonly ownVote = computed(() =>
    this.approval()?.votes.find(({ voter }) => voter === this.session.principal()),
  );
  /** Why the viewer may not decide; empty when they may. */
  protected readonly barred = computed(() => {
    const approval = this.approval();
    const me = this.session.principal();
    if (!approval || approval.state !== 'open') return '';
    if (!this.session.may('approval:vote')) return 'Deciding needs the role approver.';
    if (this.outbox.away() && this.isSent())
      return 'Your decision is kept. It is sent when the server answers.';
    if (this.ownVote()) return 'You have voted. It waits for others.';
    if (approval.requester === me) return 'You asked for it, so others decide.';
    if (!approval.excluded.some((principal) => principal === me)) return '';
    const why = whyExcluded(approval, me ?? '');
    return `The policy excludes you from this decision${why && `: who ${why} may not decide`}.`;
  });
  private readonly isSent = computed(() =>
    this.outbox
      .waiting()
      .some(
        ({ type, data }) =>
          type === 'VoteOnApproval' && (data as { approvalId: string }).approvalId === this.approvalId(),
      ),
  );
  protected readonly rejecting = linkedSignal({ source: this.approvalId, computation: () => false });
  /** Why not, as far as it is written: backing out of rejecting keeps it. */
  private readonly draftKey = computed(() => `reject/${this.approvalId()}`);
  protected readonly reason = computed(() => this.drafts.of(this.draftKey()));
  protected readonly sending = signal(false);
  protected readonly states = approvalStateOf;
  protected readonly stateWords = APPROVAL_WORDS;
  protected readonly shortDigest = shortDigest;
  protected readonly exact = exact;
  protected readonly words = words;

  constructor() {
    breadcrumb(() => this.title() || 'Request');
    shortcuts([
      { keys: ['a'], words: 'Approve this digest', group: 'Inbox', run: () => this.approveByKey() },
      { keys: ['r'], words: 'Reject…', group: 'Inbox', run: () => this.openReject() },
      { keys: ['Escape'], words: 'Back from rejecting', group: 'Inbox', run: () => this.closeReject() },
    ]);
  }

  protected name(principal: string): string {
    return this.lookOf(principal).name;
  }

  protected at(time: string): string {
    return clockOrDay(time, this.clock.now());
  }

  protected copy(text: string): void {
    this.clipboard.copy(text);
    this.toaster.show({ tone: 'plain', text: 'Copied' });
  }

  protected openReject(): void {
    if (!this.mayDecide()) return;
    this.rejecting.set(true);
    afterNextRender(() => this.reasonInput()?.nativeElement.focus(), { injector: this.injector });
  }

  protected closeReject(): boolean {
    if (!this.rejecting()) return false;
    this.rejecting.set(false);
    // Where it came from, never on the button that approves: one more key press must not decide.
    afterNextRender(() => this.rejectButton()?.nativeElement.focus(), { injector: this.injector });
    return true;
  }

  protected showAll(): void {
    this.read.set(true);
    afterNextRender(() => this.exactAction()?.nativeElement.focus(), { injector: this.injector });
  }

  protected write(reason: string): void {
    this.drafts.write(this.draftKey(), reason);
  }

  protected mayDecide(): boolean {
    return this.approval()?.state === 'open' && this.barred() === '' && !this.sending();
  }

  protected async vote(vote: 'approve' | 'reject', reason = ''): Promise<void> {
    const approval = this.approval();
    if (!approval || !this.mayDecide()) return;
    this.sending.set(true);
    try {
      await this.outbox.command('approvals', 'VoteOnApproval', {
        approvalId: approval.approvalId,
        vote,
        actionDigest: approval.actionDigest,
        stepUp: 'none',
        ...(reason && { reason }),
      });
      this.rejecting.set(false);
      this.drafts.discard(this.draftKey());
    } catch (error) {
      const detail = isProblem(error) ? error.code : undefined;
      this.toaster.show({ tone: 'refused', text: refusalWords(error), ...(detail && { detail }) });
    } finally {
      this.sending.set(false);
    }
  }

  /** One key never decides what is risky: it only leads to the button. */
  private approveByKey(): void {
    const risk = this.approval()?.risk;
    if (this.cut()) this.wholeButton()?.nativeElement.focus();
    else if (risk === 'high' || risk === 'critical') this.approveButton()?.nativeElement.focus();
    else void this.vote('approve');
  }

  private stepsOf(approval: ApprovalRow | undefined): { text: string; note: string }[] {
    if (!approval) return [];
    const { action, origin, expiresAt } = approval;
    const steps = [
      {
        text: `${words(action.kind)}: ${action.target}`,
        note: 'Once, exactly as below. A change of any part voids the approval.',
      },
    ];
    const behind = this.behind();
    if (origin.kind === 'run') {
      const name = this.run()?.name ?? 'the run';
      if (behind.length > 0) {
        const roles = [...new Set(behind.flatMap(({ role }) => role ?? []))];
        const by = roles.length > 0 ? `, for an agent of role ${roles.join(', ')}` : '';
        steps.push({
          text: `${behind.map(({ title }) => title).join(', ')}`,
          note: `${plural(behind.length, 'task')} of ${name}, run ${shortId(origin.id)}${by}.`,
        });
      }
      steps.push({
        text: 'If it is refused, the run ends',
        note: `What waits behind it is skipped. The same after ${clock(expiresAt)}.`,
      });
    }
    return steps;
  }
}

const REFUSALS: Partial<Record<RefusalOf<'VoteOnApproval'>, string>> = {
  already_decided: 'It has been decided meanwhile.',
  already_voted: 'You have voted already.',
  expired: 'It has expired meanwhile.',
  digest_mismatch: 'The action has changed meanwhile. Read it again before you decide.',
  self_approval: 'You asked for it, so others decide.',
  not_eligible: 'The policy does not let you decide this.',
  step_up_required: 'The policy asks for a second factor, which is not set up here.',
};

function refusalWords(error: unknown): string {
  const code = refusalOf(error, 'VoteOnApproval');
  return (code && REFUSALS[code]) ?? wordsOf(error);
}
