import { z } from 'zod';
import { defineView, type RowOf } from '../core/define.js';
import { Id, Principal, Slug, Text, Time, UserRole } from '../core/scalars.js';

/** Who exists and what they may do: what the gateway's guard reads. */
export const directoryView = defineView({
  kind: 'directory',
  context: 'identity',
  permission: 'identity:admin',
  id: 'all',
  rows: {
    user: z.object({ userId: Id, roles: z.array(UserRole), disabled: z.boolean(), groups: z.array(Slug).optional() }),
    token: z.object({
      tokenId: Id,
      principal: Principal,
      permissions: z.array(z.string()),
      expiresAt: Time.optional(),
      revoked: z.boolean(),
    }),
    group: z.object({ groupId: Slug, name: Text }),
  },
});
export type DirectoryUser = RowOf<typeof directoryView, 'user'>;
export type DirectoryToken = RowOf<typeof directoryView, 'token'>;
export type DirectoryGroup = RowOf<typeof directoryView, 'group'>;
