import { directoryEvents, directoryView, tokenEvents, type DirectoryUser, type UserRole } from '@agencyos/contracts';
import { changesBy, defineProjection, type Rows, unchanged } from '@agencyos/runtime';

/** Users with their roles, tokens with their rights: what the guard reads at every request. */
export const directoryProjection = defineProjection([directoryView], {
  name: 'directory',
  version: 1,
  changes: [
    changesBy([directoryEvents], {
      UserAdded: ({ data }, rows) => putUser(data, rows),
      UserRolesSet: ({ data: { userId, roles } }, rows) => changeUser(userId, () => ({ roles }), rows),
      UserDisabled: ({ data: { userId } }, rows) => disable(userId, rows),
      UserEnabled: ({ data: { userId } }, rows) => changeUser(userId, () => ({ disabled: false }), rows),
      CredentialChanged: unchanged,
      SessionsRevoked: unchanged,
      GroupAdded({ data }, rows) {
        rows.of(directoryView, 'all').put(`group/${data.groupId}`, data);
      },
      async GroupRemoved({ data: { groupId } }, rows) {
        const directory = rows.of(directoryView, 'all');
        directory.del(`group/${groupId}`);
        for (const [, { userId, groups }] of await directory.list('user'))
          if (groups?.includes(groupId)) await leave(userId, groupId, rows);
      },
      async GroupMembersChanged({ data: { groupId, add, remove } }, rows) {
        for (const userId of remove) await leave(userId, groupId, rows);
        for (const userId of add)
          await changeUser(userId, ({ groups = [] }) => ({ groups: [...new Set([...groups, groupId])] }), rows);
      },
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

/** Their tokens end with it: whoever is enabled again makes new ones. */
async function disable(userId: string, rows: Rows): Promise<void> {
  await changeUser(userId, () => ({ disabled: true }), rows);
  const directory = rows.of(directoryView, 'all');
  for (const [, token] of await directory.list('token'))
    if (token.principal === `user:${userId}` && !token.revoked)
      directory.put(`token/${token.tokenId}`, { ...token, revoked: true });
}

const leave = (userId: string, groupId: string, rows: Rows): Promise<void> =>
  changeUser(userId, ({ groups = [] }) => ({ groups: groups.filter((one) => one !== groupId) }), rows);

async function changeUser(userId: string, change: (user: DirectoryUser) => Partial<DirectoryUser>, rows: Rows): Promise<void> {
  const directory = rows.of(directoryView, 'all');
  const user = await directory.get(`user/${userId}`);
  if (user) directory.put(`user/${userId}`, { ...user, ...change(user) });
}
