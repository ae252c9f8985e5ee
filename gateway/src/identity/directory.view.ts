import { directoryEvents, directoryView, tokenEvents, type UserRole } from '@agencyos/contracts';
import { changesBy, defineProjection, type Rows, unchanged } from '@agencyos/runtime';

/** Users with their roles, tokens with their rights: what the guard reads at every request. */
export const directoryProjection = defineProjection([directoryView], {
  name: 'directory',
  version: 1,
  changes: [
    changesBy([directoryEvents], {
      UserAdded: ({ data }, rows) => putUser(data, rows),
      UserRolesSet: ({ data }, rows) => putUser(data, rows),
      CredentialChanged: unchanged,
      SessionsRevoked: unchanged,
    }),
    changesBy([tokenEvents], {
      TokenIssued({ data }, rows) {
        rows.of(directoryView, 'all').put(`token/${data.tokenId}`, { ...data, revoked: false });
      },
      async TokenRevoked({ data: { tokenId } }, rows) {
        const directory = rows.of(directoryView, 'all');
        const token = await directory.get(`token/${tokenId}`);
        if (token) directory.put(`token/${tokenId}`, { ...token, revoked: true });
      },
    }),
  ],
});

const putUser = ({ userId, roles }: { userId: string; roles: UserRole[] }, rows: Rows): void =>
  rows.of(directoryView, 'all').put(`user/${userId}`, { userId, roles, disabled: false });
