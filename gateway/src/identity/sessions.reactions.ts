import { directoryEvents, tokenEvents } from '@agencyos/contracts';
import { defineReactions, reactingTo } from '@agencyos/runtime';

/** Rows that stand for rights somebody has no more. */
export interface RevokedRows {
  /** Ends the sessions that the user had at that time, but those that the command was to keep. */
  closeSessions(userId: string, before: Date, commandId: string): Promise<void>;
  withdrawInvitation(userId: string): Promise<void>;
  forgetToken(tokenId: string): Promise<void>;
}

/** A change of someone's rights removes rows; open sockets find them gone at their next check. */
export const sessionReactions = (rows: RevokedRows) =>
  defineReactions('sessions', 'log', [
    reactingTo([directoryEvents, tokenEvents], async ({ type, data, metadata }) => {
      if (type === 'CredentialChanged' || type === 'SessionsRevoked' || type === 'UserDisabled') {
        await rows.closeSessions(data.userId, new Date(metadata.recordedAt), metadata.commandId);
        if (type === 'UserDisabled') await rows.withdrawInvitation(data.userId);
      } else if (type === 'TokenRevoked') {
        await rows.forgetToken(data.tokenId);
      }
      return [];
    }),
  ]);
