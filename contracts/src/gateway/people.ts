import { z } from 'zod';
import { Id, MintedId, Slug, Text, Time, UserRole } from '../core/scalars.js';
import { LoginName, Password } from './rest.js';

/** Without a password the person is added by a link, which they set one with. */
export const NewUserRequest = z.strictObject({
  userId: MintedId.optional(),
  name: LoginName,
  password: Password.optional(),
  roles: z.array(UserRole).min(1).max(4),
});
/** `url` works once, until `expiresAt`, and is shown only here. */
export const NewLink = z.object({ url: z.string(), expiresAt: Time });
export const NewUser = z.object({ userId: Id, link: NewLink.optional() });
/** The secret of the link, and the password that its person wants. */
export const WelcomeRequest = z.strictObject({ token: z.string().min(1).max(200), password: Password });
/** `present`: the password until now. `endOthers` also ends the sessions on other devices. */
export const PasswordChangeRequest = z.strictObject({
  present: z.string().min(1).max(200),
  password: Password,
  endOthers: z.boolean(),
});

/** A token without its secret. `lastUsedAt` is right to a minute. */
export const TokenInfo = z.object({
  tokenId: Id,
  label: z.string(),
  permissions: z.array(z.string()),
  createdAt: Time.optional(),
  expiresAt: Time.optional(),
  lastUsedAt: Time.optional(),
});
export const TokenList = z.object({ tokens: z.array(TokenInfo) });
/** `agent`: what the browser or command line called itself. */
export const SessionInfo = z.object({
  sessionId: Id,
  /** The one that asks. */
  current: z.boolean(),
  commandLine: z.boolean(),
  agent: z.string(),
  address: z.string(),
  createdAt: Time,
  lastUsedAt: Time,
  expiresAt: Time,
});
export const SessionList = z.object({ sessions: z.array(SessionInfo) });

/** `invited`: has no password yet; the link works until `linkUntil`, or there is none any more. */
export const PersonInfo = z.object({
  userId: Id,
  name: z.string(),
  roles: z.array(UserRole),
  groups: z.array(Slug),
  state: z.enum(['active', 'invited', 'disabled']),
  linkUntil: Time.optional(),
  lastSeenAt: Time.optional(),
  sessions: z.int(),
  tokens: z.array(TokenInfo),
});
export const PeopleList = z.object({
  people: z.array(PersonInfo),
  groups: z.array(z.object({ groupId: Slug, name: Text })),
});
/** `alone`: nobody else who may sign in could decide it. */
export const WaitingVote = z.object({ approvalId: Id, title: Text, expiresAt: Time, alone: z.boolean() });
export const WaitingVotes = z.object({ approvals: z.array(WaitingVote) });

export type NewLink = z.infer<typeof NewLink>;
export type NewUser = z.infer<typeof NewUser>;
export type TokenInfo = z.infer<typeof TokenInfo>;
export type TokenList = z.infer<typeof TokenList>;
export type SessionInfo = z.infer<typeof SessionInfo>;
export type SessionList = z.infer<typeof SessionList>;
export type PersonInfo = z.infer<typeof PersonInfo>;
export type PeopleList = z.infer<typeof PeopleList>;
export type WaitingVote = z.infer<typeof WaitingVote>;
export type WaitingVotes = z.infer<typeof WaitingVotes>;
