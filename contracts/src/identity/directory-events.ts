import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Id, UserRole } from '../core/scalars.js';

/** Stream `directory-main`: the rules across users (set-up once, a last admin stays), hence one stream. */
export const directoryEvents = defineEvents('identity', 'directory', {
  UserAdded: z.object({ userId: Id, roles: z.array(UserRole), via: z.enum(['setup', 'invite', 'oidc']) }),
  UserRolesSet: z.object({ userId: Id, roles: z.array(UserRole) }),
  CredentialChanged: z.object({ userId: Id, kind: z.enum(['password', 'totp', 'passkey']) }),
  SessionsRevoked: z.object({ userId: Id }),
});
export type DirectoryEvent = EventOf<typeof directoryEvents>;
