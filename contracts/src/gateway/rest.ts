import { z } from 'zod';
import { PERMISSIONS } from '../core/permissions.js';
import { Digest, Id, MintedId, Principal, Role, Time } from '../core/scalars.js';

/** Long enough to resist guessing together with argon2id; the upper bound keeps hashing cheap. */
export const Password = z.string().min(10).max(200);
/** Name for signing in: no control or bidirectional characters, nothing that looks like another name. */
export const LoginName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/);

export const SetupRequest = z.strictObject({ token: z.string().min(1).max(200), password: Password });
export const LoginRequest = z.strictObject({
  name: z.string().min(1).max(100),
  password: z.string().min(1).max(200),
});
/** `everywhere` also ends the person's sessions on other devices. */
export const LogoutRequest = z.strictObject({ everywhere: z.boolean().optional() });
export const NewUserRequest = z.strictObject({
  userId: MintedId.optional(),
  name: LoginName,
  password: Password,
  roles: z.array(Role).min(1).max(4),
});
export const NewTokenRequest = z.strictObject({
  label: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/),
  permissions: z.array(z.enum(PERMISSIONS)).min(1).max(PERMISSIONS.length),
  expiresAt: Time.optional(),
});

/** Who is signed in. `user` is absent for an agent's token. */
export const Me = z.object({
  principal: Principal,
  user: z.object({ userId: Id, name: z.string(), roles: z.array(Role) }).optional(),
  permissions: z.array(z.string()),
  installationId: Id,
});
export const NewUser = z.object({ userId: Id });
/** `token` is shown once and never again. */
export const NewToken = z.object({ tokenId: Id, token: z.string() });
/** Opens one WebSocket within 30 s. */
export const Ticket = z.object({ ticket: z.string() });
export const Receipt = z.object({ stream: z.string(), revision: z.int(), position: z.string() });
export const ViewSnapshot = z.object({
  kind: z.string(),
  id: z.string(),
  epoch: z.string(),
  revision: z.int(),
  rows: z.record(z.string(), z.unknown()),
});
export const StoredContent = z.object({ digest: Digest, bytes: z.int(), mediaType: z.string() });
/** `missing` names what is not there yet. */
export const Readiness = z.object({ status: z.enum(['ok', 'waiting']), missing: z.array(z.string()) });

export type SetupRequest = z.infer<typeof SetupRequest>;
export type LoginRequest = z.infer<typeof LoginRequest>;
export type LogoutRequest = z.infer<typeof LogoutRequest>;
export type NewUserRequest = z.infer<typeof NewUserRequest>;
export type NewTokenRequest = z.infer<typeof NewTokenRequest>;
export type Me = z.infer<typeof Me>;
export type Readiness = z.infer<typeof Readiness>;
