import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Id, Slug, Text, UserRole } from '../core/scalars.js';

/** Stream `directory-main`: the rules across users (set-up once, a last admin stays), hence one stream. */
export const directoryEvents = defineEvents(
  'identity',
  'directory',
  {
    UserAdded: z.object({ userId: Id, roles: z.array(UserRole), via: z.enum(['setup', 'invite', 'oidc']) }),
    UserRolesSet: z.object({ userId: Id, roles: z.array(UserRole) }),
    CredentialChanged: z.object({ userId: Id, kind: z.enum(['password', 'totp', 'passkey']) }),
    SessionsRevoked: z.object({ userId: Id }),
    UserDisabled: z.object({ userId: Id, reason: Text.optional() }),
    UserEnabled: z.object({ userId: Id, reason: Text.optional() }),
    GroupAdded: z.object({ groupId: Slug, name: Text }),
    GroupRemoved: z.object({ groupId: Slug }),
    GroupMembersChanged: z.object({ groupId: Slug, add: z.array(Id), remove: z.array(Id) }),
  },
  {
    since: {
      UserDisabled: { 1: { level: 2 } },
      UserEnabled: { 1: { level: 2 } },
      GroupAdded: { 1: { level: 2 } },
      GroupRemoved: { 1: { level: 2 } },
      GroupMembersChanged: { 1: { level: 2 } },
    },
  },
);
export type DirectoryEvent = EventOf<typeof directoryEvents>;
