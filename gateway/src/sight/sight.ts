import { createHash } from 'node:crypto';
import { BOARD_ACCESS, ids, type ApprovalRow, type BoardAccess, type RunRow } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { RecentMap, RuntimeConfig } from '@agencyos/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Caller } from '../identity/caller.js';
import { mayVoteOn } from '../identity/pure/may-vote-on.js';
import type { ViewState } from '../views/pure/view-state.js';
import { ViewFeed } from '../views/view-feed.js';
import { accessTo, type GuardedBoard } from './pure/access-to.js';
import { type Belongs, belongsOfFact, belongsOfFields, belongsOfStream, ROWS } from './pure/belongs-to.js';

const MOST_RUNS = 100_000;

/** Who sees what, asked at every door: the boards' own words, and to which board a thing belongs. */
@Injectable()
export class Sight implements OnApplicationBootstrap {
  private boards: ViewState | undefined;
  /** A run stays on the board that it was started for; `null` is none. */
  private readonly boardOfRun = new RecentMap<string, string | null>(MOST_RUNS);
  private readonly operations: string;

  constructor(
    private readonly feed: ViewFeed,
    { installationId }: RuntimeConfig,
  ) {
    this.operations = ids.seed(installationId, 'board/operations');
  }

  onApplicationBootstrap(): void {
    // For as long as the process lives, so that it is never let go of.
    this.feed.cache.subscribe('boards', 'all', {
      snapshot: (view) => void (this.boards = view),
      delta: () => undefined,
      failed: () => undefined,
    });
  }

  /** Names what is hidden from the caller: another name, another sight. Empty while nothing is. */
  keyOf(caller: Caller): string {
    const boards = [...(this.boards?.rows ?? [])] as [string, GuardedBoard][];
    const hidden = boards.filter(([, board]) => accessTo(caller, board) === 'none').map(([key]) => key);
    if (hidden.length === 0) return '';
    return createHash('sha256').update(hidden.toSorted().join()).digest('base64url').slice(0, 16);
  }

  /** Whether the row is the caller's to see. At once where no board is its members' only. */
  seesRow(caller: Caller, kind: string, id: string, key: string, row: unknown): boolean | Promise<boolean> {
    const belongs = ROWS[kind]?.(id, key, row as Record<string, unknown>);
    if (belongs === undefined) return false;
    if (belongs === 'nobody' || this.nothingHidden) return true;
    if (kind === 'inbox' || kind === 'approval') return this.seesApproval(caller, belongs, row as Partial<ApprovalRow>);
    return this.sees(caller, belongs);
  }

  async seesFact(caller: Caller, { stream, data = {} }: { stream: string; data?: Record<string, unknown> }): Promise<boolean> {
    const belongs = belongsOfStream(stream);
    if (belongs === undefined) return false;
    const told = typeof belongs === 'object' && 'approval' in belongs ? belongsOfFact(data) : undefined;
    return (told !== undefined && (await this.sees(caller, told))) || this.sees(caller, belongs);
  }

  /**
   * At once where no board is its members' only.
   * @throws Rejection `not_found` for what the caller does not see, `forbidden` for what they only see
   */
  require(caller: Caller, data: Record<string, unknown>, needed: BoardAccess): void | Promise<void> {
    if (!this.nothingHidden) return this.requireEach(caller, belongsOfFields(data), needed);
  }

  /**
   * For what the owner of a view counts and puts in order before it comes here: good for those alone who see every board.
   * @throws Rejection
   */
  requireAll(caller: Caller): void {
    if (!this.boards) throw notKnownYet();
    if (this.keyOf(caller) === '') return;
    const detail = 'Windows are for those who see every board, and some board is its members’ only: read the whole view.';
    throw new Rejection('forbidden', { detail });
  }

  private async requireEach(caller: Caller, all: readonly Belongs[], needed: BoardAccess): Promise<void> {
    for (const belongs of all) {
      const access = await this.accessOf(caller, belongs);
      if (access === 'none') throw new Rejection('not_found', { detail: `There is no such ${nameOf(belongs)}.` });
      if (BOARD_ACCESS.indexOf(access) < BOARD_ACCESS.indexOf(needed))
        throw new Rejection('forbidden', { detail: `You may only ${access} this board.` });
    }
  }

  private async sees(caller: Caller, belongs: Belongs): Promise<boolean> {
    return (await this.accessOf(caller, belongs)) !== 'none';
  }

  private async accessOf(caller: Caller, belongs: Belongs): Promise<BoardAccess | 'none'> {
    if (belongs === 'nobody') return 'admin';
    if (belongs === 'operations') return accessTo(caller, this.boardOf(this.operations));
    if ('board' in belongs) return accessTo(caller, this.boardOf(belongs.board));
    if (this.nothingHidden) return 'admin';
    if ('run' in belongs) {
      const boardId = await this.boardOfRunWith(belongs.run);
      return boardId === null ? 'admin' : accessTo(caller, this.boardOf(boardId));
    }
    const row = await this.approval(belongs.approval);
    // Of one that is not there yet there is nothing to see; whoever decides it says so.
    if (!row) return 'admin';
    const access = await this.accessOf(caller, ROWS['approval']!(row.approvalId, 'approval', row));
    return access === 'none' && isAsked(caller, row) ? 'edit' : access;
  }

  /** Whoever is asked to decide sees what is asked. */
  private async seesApproval(caller: Caller, belongs: Belongs, row: Partial<ApprovalRow>): Promise<boolean> {
    if (await this.sees(caller, belongs)) return true;
    const approval = row.stages ? (row as ApprovalRow) : await this.approval(row.approvalId!);
    return approval !== undefined && isAsked(caller, approval);
  }

  private async approval(approvalId: string): Promise<ApprovalRow | undefined> {
    return (await this.feed.cache.get('approval', approvalId)).rows.get('approval') as ApprovalRow | undefined;
  }

  private async boardOfRunWith(runId: string): Promise<string | null> {
    const known = this.boardOfRun.get(runId);
    if (known !== undefined) return known;
    const run = (await this.feed.cache.get('run', runId)).rows.get('run') as RunRow | undefined;
    if (!run) return null;
    const boardId = run.boardId ?? null;
    this.boardOfRun.set(runId, boardId);
    return boardId;
  }

  /** No board is its members' only. Asked for every row that is shown. */
  private get nothingHidden(): boolean {
    return this.boards !== undefined && !this.boards.rows.values().some((row) => (row as GuardedBoard).visibility === 'members');
  }

  /** @throws Rejection while nobody has said which boards there are: what may be hidden is not shown */
  private boardOf(boardId: string): GuardedBoard | undefined {
    if (!this.boards) throw notKnownYet();
    return this.boards.rows.get(`board/${boardId}`) as GuardedBoard | undefined;
  }
}

/** As whoever owns it says that it is not there: what is hidden is not told from what is not. */
const nameOf = (belongs: Belongs): string => (typeof belongs === 'string' ? 'thing here' : Object.keys(belongs)[0]!);

const notKnownYet = (): Rejection =>
  new Rejection('busy', { detail: 'Which boards there are is not known yet.', retryAfterMs: 1_000 });

const isAsked = ({ user, principal }: Caller, row: ApprovalRow): boolean =>
  row.requester === principal ||
  row.votes.some(({ voter }) => voter === principal) ||
  (user !== undefined && mayVoteOn(row, user));
