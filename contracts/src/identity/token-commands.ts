import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { LIMITS } from '../core/envelope.js';
import { PERMISSIONS } from '../core/permissions.js';
import { Id, Principal, Time } from '../core/scalars.js';

const reason = z
  .string()
  .max(LIMITS.textCharacters)
  // No NUL, no controls but tab and line feed, no bidirectional overrides.
  .regex(/^[^\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$/)
  .brand<'Text'>();

/** `IssueToken` comes only from the gateway itself: its row, which holds the secret's hash, is written first. */
export const tokenCommands = defineCommands('identity', 'token', 'tokenId', {
  IssueToken: {
    permission: [],
    services: ['gateway'],
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
    data: z.strictObject({ tokenId: Id, reason: reason.optional() }),
  },
});
export type TokenCommand = CommandOf<typeof tokenCommands>;
