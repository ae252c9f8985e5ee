import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { limitedText } from '../core/limited.js';
import { PERMISSIONS } from '../core/permissions.js';
import { alreadyExists, forbidden, notFound } from '../core/refusals.js';
import { Id, Principal, Time } from '../core/scalars.js';
import { exceedsIssuer } from './refusals.js';

/** `IssueToken` comes only from the gateway itself: its row, which holds the secret's hash, is written first. */
export const tokenCommands = defineCommands('identity', 'token', 'tokenId', {
  IssueToken: {
    permission: ['identity:admin'],
    services: ['gateway'],
    refusals: [alreadyExists, forbidden, exceedsIssuer],
    data: z.strictObject({
      tokenId: Id,
      principal: Principal,
      permissions: z.array(z.enum(PERMISSIONS)).max(PERMISSIONS.length),
      expiresAt: Time.optional(),
    }),
  },
  RevokeToken: {
    permission: ['identity:admin'],
    services: ['gateway'],
    refusals: [notFound, forbidden],
    data: z.strictObject({ tokenId: Id, reason: limitedText().optional() }),
  },
});
export type TokenCommand = CommandOf<typeof tokenCommands>;
