import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';
import type { CardRow, TaskBadgeRow } from '@agencyos/contracts';
import { isFailed } from '@agencyos/contracts/moves';
import { v7 } from 'uuid';
import { KnownTime } from '../live/known-time';
import { liveProgress, liveView, liveViews } from '../live/live-client';
import { refusalWords } from '../run/pure/refusal-words';
import { Outbox, type Waiting } from '../session/outbox';
import { Session } from '../session/session';
import { Overview } from '../shell/overview';
import { principalLook } from '../ui/principal';
import { parseFilter } from './pure/card-filter';
import type { CardFacts } from './pure/card-look';
import { place, type OptimisticMove } from './pure/placement';

interface Move extends OptimisticMove {
  /** Of its command. */
  id: string;
  /** Log position of the answer; the view is as new when its revision has reached it. */
  position?: number;
}

/** What people may say of a card. */
export interface CardChange {
  title?: string;
  priority?: string;
  labels?: string[];
  assignees?: string[];
}

interface MoveData extends OptimisticMove {
  boardId: string;
  cardIds: string[];
}

/** Runs followed live, the latest ones; a socket holds 200 subscriptions, and a run takes two. */
const RUNS_WATCHED = 60;

const latestFirst = (a: CardRow, b: CardRow) => b.movedAt.localeCompare(a.movedAt);

const sameIds = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((id, i) => id === b[i]);

/** One board as the page shows it: the server's rows with the viewer's unconfirmed moves laid over them. */
@Injectable()
export class BoardStore {
  private readonly outbox = inject(Outbox);
  private readonly session = inject(Session);
  private readonly overview = inject(Overview);
  private readonly moves = signal<ReadonlyMap<string, Move>>(new Map());
  private readonly time = inject(KnownTime);
  private readonly lookOf = principalLook();
  /** Ids of the moves that this store knows of. */
  private readonly known = new Set<string>();

  readonly boardId = signal<string | undefined>(undefined);
  readonly query = signal('');
  private readonly view = liveView('board', this.boardId);

  readonly status = computed(() => this.view()?.status() ?? 'loading');
  readonly board = computed(() => this.view()?.row('board'));
  readonly columns = computed(() => this.view()?.list('column') ?? []);
  readonly cards = computed(() => this.view()?.list('card') ?? []);

  private readonly runIds = computed(
    () => {
      const ids = new Set(this.goingRunIds());
      for (const { source } of [...this.cards()].sort(latestFirst))
        if (source?.kind === 'task') ids.add(source.runId);
      return [...ids].slice(0, RUNS_WATCHED).sort();
    },
    { equal: sameIds },
  );
  private readonly goingRunIds = computed(
    () => {
      const ids = new Set<string>();
      for (const { source, category } of [...this.cards()].sort(latestFirst)) {
        if (source?.kind === 'task' && category !== 'done' && category !== 'cancelled') ids.add(source.runId);
      }
      return [...ids].slice(0, RUNS_WATCHED).sort();
    },
    { equal: sameIds },
  );
  private readonly badges = liveViews('task-badge', this.runIds);
  private readonly progressOf = liveProgress(this.goingRunIds);

  private readonly filter = computed(() => parseFilter(this.query()));
  readonly placed = computed(() => {
    const filter = this.filter();
    const key = this.board()?.key ?? '';
    const me = this.session.principal();
    return place(this.columns(), this.cards(), this.moves(), (card) => {
      if (!filter) return true;
      const badge = this.badge(card);
      return filter(card, { key, me, role: badge?.role, who: badge?.holder });
    });
  });
  readonly failed = computed(() =>
    this.cards()
      .filter(isFailed)
      .sort((a, b) => (b.blocked?.since ?? '').localeCompare(a.blocked?.since ?? '')),
  );
  readonly hidden = computed(() => {
    if (!this.filter()) return 0;
    const all = this.cards().filter((card) => !isFailed(card)).length;
    return all - this.placed().reduce((sum, { cards }) => sum + cards.length, 0);
  });

  constructor() {
    // A move is confirmed when the view has caught up with the command's answer.
    effect(() => {
      const revision = this.view()?.revision() ?? -1;
      const settled = [...this.moves()].filter(
        ([, { position }]) => position !== undefined && position <= revision,
      );
      for (const [cardId, { id }] of settled) this.drop(cardId, id);
    });
    effect(() => {
      if (this.status() === 'ready')
        for (const unsent of this.outbox.waiting()) untracked(() => this.takeUp(unsent));
    });
  }

  badge({ source }: CardRow): TaskBadgeRow | undefined {
    if (source?.kind !== 'task') return undefined;
    return this.badges().get(source.runId)?.row(`task/${source.taskId}`);
  }

  facts(card: CardRow): CardFacts {
    const { source } = card;
    const listeningSince = this.time.listeningSince();
    if (source?.kind !== 'task') return { listeningSince };
    const badge = this.badge(card);
    return {
      listeningSince,
      badge,
      refusal: badge?.refusal && refusalWords(badge.refusal, (principal) => this.lookOf(principal).name),
      roles: this.overview.roles(),
      progress: this.progressOf(source.runId, source.taskId),
      approval: this.overview.approvalOfTask().get(`${source.runId}/${source.taskId}`),
    };
  }

  card(cardId: string): CardRow | undefined {
    return this.view()?.row(`card/${cardId}`);
  }

  isUnconfirmed(cardId: string): boolean {
    return this.moves().has(cardId);
  }

  /**
   * Moves a card; shown at once when it is one that moves at once.
   * @throws ProblemError when the server refuses; the card is back in its place then
   */
  async move(
    card: CardRow,
    to: OptimisticMove,
    options: { shownAtOnce: boolean; confirmed?: boolean },
  ): Promise<void> {
    const { toColumnId, beforeId } = to;
    const afterId = beforeId ? undefined : this.lastOf(toColumnId, card.cardId);
    const seenColumnId = this.moves().get(card.cardId)?.toColumnId ?? card.columnId;
    const data = {
      boardId: this.shownId(),
      cardIds: [card.cardId],
      toColumnId,
      seenColumnId,
      ...(beforeId && { beforeId }),
      ...(afterId && { afterId }),
      ...(options.confirmed && { confirmed: true }),
    };
    const id = v7();
    this.known.add(id);
    if (options.shownAtOnce) this.lay(card.cardId, { id, toColumnId, beforeId });
    await this.follow(card.cardId, id, this.outbox.command('kanban', 'MoveCards', data, id));
  }

  async add(card: {
    cardId: string;
    title: string;
    priority: CardRow['priority'];
    labels: string[];
    columnId: string;
  }): Promise<void> {
    await this.outbox.command('kanban', 'AddCards', {
      boardId: this.shownId(),
      cards: [{ ...card, assignees: [] }],
    });
  }

  /** Sends what differs. */
  async edit(card: CardRow, { assignees, ...changes }: CardChange): Promise<void> {
    const { cardId } = card;
    const boardId = this.shownId();
    const differing = Object.entries(changes).filter(
      ([field, value]) => JSON.stringify(card[field as keyof CardRow]) !== JSON.stringify(value),
    );
    const sent = [];
    if (differing.length > 0) {
      const data = { boardId, cardIds: [cardId], changes: Object.fromEntries(differing) };
      sent.push(this.outbox.command('kanban', 'EditCards', data));
    }
    if (assignees && [...assignees].sort().join() !== [...card.assignees].sort().join())
      sent.push(this.outbox.command('kanban', 'AssignCard', { boardId, cardId, assignees }));
    await Promise.all(sent);
  }

  async archive(cardId: string): Promise<void> {
    await this.outbox.command('kanban', 'ArchiveCards', {
      boardId: this.shownId(),
      cardIds: [cardId],
      why: 'person',
    });
  }

  /** @throws Error while there is no board: nobody can act on one then */
  private shownId(): string {
    const boardId = this.boardId();
    if (boardId === undefined) throw new Error('No board is open');
    return boardId;
  }

  /** A move of before the reload that the server has not heard of yet is laid over its state as it was then. */
  private takeUp({ id, type, data, answer }: Waiting): void {
    if (type !== 'MoveCards' || this.known.has(id)) return;
    this.known.add(id);
    const { boardId, cardIds, toColumnId, beforeId } = data as MoveData;
    const card = cardIds[0] ? this.card(cardIds[0]) : undefined;
    // What mirrors a task stays where it is until its task has moved.
    if (boardId !== this.boardId() || !card || card.source) return;
    this.lay(card.cardId, { id, toColumnId, beforeId });
    // Whoever sends it says why it was refused.
    this.follow(card.cardId, id, answer).catch(() => undefined);
  }

  private lay(cardId: string, move: Move): void {
    this.moves.update((moves) => new Map(moves).set(cardId, move));
  }

  private async follow(cardId: string, id: string, answer: Waiting['answer']): Promise<void> {
    try {
      this.settle(cardId, id, Number((await answer).position));
    } catch (error) {
      this.drop(cardId, id);
      throw error;
    }
  }

  private lastOf(columnId: string, exceptId: string): string | undefined {
    const placed = this.placed().find(({ column }) => column.columnId === columnId);
    return placed?.cards.filter(({ cardId }) => cardId !== exceptId).at(-1)?.cardId;
  }

  /** A later move of the same card stays as it is. */
  private settle(cardId: string, id: string, position: number): void {
    const move = this.moves().get(cardId);
    if (move?.id === id) this.lay(cardId, { ...move, position });
  }

  private drop(cardId: string, id: string): void {
    if (this.moves().get(cardId)?.id !== id) return;
    this.moves.update((moves) => new Map([...moves].filter(([other]) => other !== cardId)));
  }
}
