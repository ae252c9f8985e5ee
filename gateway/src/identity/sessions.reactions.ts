import type { DirectoryEvent, TokenEvent } from '@agencyos/contracts';
import type { Reactions } from '@agencyos/runtime';

/** Rows that stand for rights somebody has no more. */
export interface RevokedRows {
  /** Ends the sessions that the user had at that time. */
  closeSessions(userId: string, before: Date): Promise<void>;
  forgetToken(tokenId: string): Promise<void>;
}

/** A change of someone's rights removes rows; open sockets find them gone at their next check. */
export const sessionReactions = (rows: RevokedRows): Reactions => ({
  name: 'sessions',
  source: 'log',
  categories: ['directory', 'token'],
  async react(fact) {
    const event = fact as unknown as DirectoryEvent | TokenEvent;
    if (event.type === 'CredentialChanged' || event.type === 'SessionsRevoked') {
      await rows.closeSessions(event.data.userId, new Date(fact.metadata.recordedAt));
    } else if (event.type === 'TokenRevoked') {
      await rows.forgetToken(event.data.tokenId);
    }
    return [];
  },
});
