import type { DirectoryEvent, TokenEvent } from '@agencyos/contracts';
import type { Reactions } from '@agencyos/runtime';
import type { DataSource } from 'typeorm';
import { Sessions } from './sessions.js';

/** A change of someone's rights removes rows; open sockets find them gone at their next check. */
export const sessionReactions = (database: DataSource): Reactions => ({
  name: 'sessions',
  source: 'log',
  categories: ['directory', 'token'],
  async react(fact) {
    const event = fact as unknown as DirectoryEvent | TokenEvent;
    if (event.type === 'CredentialChanged' || event.type === 'SessionsRevoked') {
      await new Sessions(database).closeAll(event.data.userId, new Date(fact.metadata.recordedAt));
    } else if (event.type === 'TokenRevoked') {
      await database.query('DELETE FROM token_secret WHERE token_id = $1', [event.data.tokenId]);
    }
    return [];
  },
});
