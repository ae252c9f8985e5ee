import {
  directoryView,
  type DirectoryEvent,
  type DirectoryToken,
  type DirectoryUser,
  type TokenEvent,
} from '@agencyos/contracts';
import type { Projection } from '@agencyos/runtime';

/** Users with their roles, tokens with their rights: what the guard reads at every request. */
export const directoryProjection: Projection = {
  name: 'directory',
  version: 1,
  views: [directoryView],
  categories: ['directory', 'token'],
  async project(fact, rows) {
    const event = fact as unknown as DirectoryEvent | TokenEvent;
    switch (event.type) {
      case 'UserAdded':
      case 'UserRolesSet': {
        const { userId, roles } = event.data;
        return rows.put('directory', 'all', `user/${userId}`, {
          userId,
          roles,
          disabled: false,
        } satisfies DirectoryUser);
      }
      case 'TokenIssued':
        return rows.put('directory', 'all', `token/${event.data.tokenId}`, {
          ...event.data,
          revoked: false,
        } satisfies DirectoryToken);
      case 'TokenRevoked': {
        const key = `token/${event.data.tokenId}`;
        const token = await rows.get<DirectoryToken>('directory', 'all', key);
        if (token) rows.put('directory', 'all', key, { ...token, revoked: true });
        return;
      }
      case 'CredentialChanged':
      case 'SessionsRevoked':
        return;
    }
  },
};
