import type { ApprovalRow, DirectoryUser, InboxRow, WaitingVote } from '@agencyos/contracts';
import { Injectable } from '@nestjs/common';
import { ViewFeed } from '../views/view-feed.js';
import { DirectoryReader } from './directory-reader.js';
import { mayVoteOn } from './pure/may-vote-on.js';

/** Enough to be told; more of them say no more. */
const MOST = 200;

/** What waits for whose vote. */
@Injectable()
export class Votes {
  constructor(
    private readonly views: ViewFeed,
    private readonly directory: DirectoryReader,
  ) {}

  /** Open approvals that the person may decide, or could if they were not disabled. */
  async waitingFor(user: DirectoryUser): Promise<WaitingVote[]> {
    const inbox = await this.views.cache.get('inbox', 'all');
    const open = ([...inbox.rows.values()] as InboxRow[]).filter(({ state }) => state === 'open');
    const others = (await this.directory.users()).filter(({ userId, disabled }) => userId !== user.userId && !disabled);
    const waiting: WaitingVote[] = [];
    for (const { approvalId, title, expiresAt } of open.slice(0, MOST)) {
      const approval = (await this.views.cache.get('approval', approvalId)).rows.get('approval') as ApprovalRow | undefined;
      if (!approval || !mayVoteOn(approval, user)) continue;
      waiting.push({ approvalId, title, expiresAt, alone: !others.some((other) => mayVoteOn(approval, other)) });
    }
    return waiting;
  }
}
