import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Id, Principal, Text, Time } from '../core/scalars.js';

/** Stream `token-<tokenId>`: issued, revoked once. The secret's hash is a row of the gateway, never here. */
export const tokenEvents = defineEvents('identity', 'token', {
  TokenIssued: z.object({
    tokenId: Id,
    principal: Principal,
    permissions: z.array(z.string()),
    expiresAt: Time.optional(),
  }),
  TokenRevoked: z.object({ tokenId: Id, reason: Text.optional() }),
});
export type TokenEvent = EventOf<typeof tokenEvents>;
