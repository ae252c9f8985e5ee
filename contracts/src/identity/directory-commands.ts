import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { alreadyExists, forbidden, notFound } from '../core/refusals.js';
import { limitedList, limitedText } from '../core/limited.js';
import { Id, MintedId, Slug, UserRole } from '../core/scalars.js';
import { exceedsIssuer, lastAdmin, setupClosed, unknownUser } from './refusals.js';

const roles = z.array(UserRole).min(1).max(4);
const reason = limitedText(500).optional();
const members = limitedList(Id, 200);

/**
 * `RecordCredentialChange` comes only from the gateway itself, after it has written the verifier's row;
 * `RevokeSessions` also, for a person who signs out everywhere.
 */
export const directoryCommands = defineCommands('identity', 'directory', '', {
  AddUser: {
    permission: ['identity:admin'],
    mints: ['userId'],
    refusals: [alreadyExists, setupClosed, exceedsIssuer],
    data: z.strictObject({ userId: MintedId, roles, via: z.enum(['setup', 'invite', 'oidc']) }),
  },
  SetUserRoles: {
    permission: ['identity:admin'],
    refusals: [notFound, lastAdmin, exceedsIssuer],
    data: z.strictObject({ userId: Id, roles }),
  },
  RecordCredentialChange: {
    permission: [],
    services: ['gateway'],
    refusals: [notFound],
    data: z.strictObject({ userId: Id, kind: z.enum(['password', 'totp', 'passkey']) }),
  },
  RevokeSessions: {
    permission: ['identity:admin'],
    services: ['gateway'],
    refusals: [notFound, forbidden],
    data: z.strictObject({ userId: Id }),
  },
  DisableUser: {
    permission: ['identity:admin'],
    since: 2,
    refusals: [notFound, lastAdmin],
    data: z.strictObject({ userId: Id, reason }),
  },
  EnableUser: {
    permission: ['identity:admin'],
    since: 2,
    refusals: [notFound, exceedsIssuer],
    data: z.strictObject({ userId: Id, reason }),
  },
  AddGroup: {
    permission: ['identity:admin'],
    since: 2,
    refusals: [alreadyExists],
    data: z.strictObject({ groupId: Slug, name: limitedText(100) }),
  },
  RemoveGroup: {
    permission: ['identity:admin'],
    since: 2,
    refusals: [notFound],
    data: z.strictObject({ groupId: Slug }),
  },
  ChangeGroupMembers: {
    permission: ['identity:admin'],
    since: 2,
    refusals: [notFound, unknownUser],
    data: z.strictObject({ groupId: Slug, add: members, remove: members }),
  },
});
export type DirectoryCommand = CommandOf<typeof directoryCommands>;
