import { z } from 'zod';
import { PERMISSIONS } from '../core/permissions.js';
import { Digest, Id, Principal, TaskId, Time, UserRole } from '../core/scalars.js';
import { Content } from '../core/types.js';
import { contexts } from '../registry.js';

/** Long enough to resist guessing together with argon2id; the upper bound keeps hashing cheap. */
export const Password = z.string().min(10).max(200);
/** Name for signing in: no control or bidirectional characters, nothing that looks like another name. */
export const LoginName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/);

export const SetupRequest = z.strictObject({ token: z.string().min(1).max(200), password: Password });
/** `secret`: that whose SHA-256 lies in the data folder. */
export const PasswordResetRequest = z.strictObject({
  name: LoginName,
  secret: z.string().min(1).max(200),
  password: Password,
});
export const LoginRequest = z.strictObject({
  name: z.string().min(1).max(100),
  password: z.string().min(1).max(200),
});
/** A code for signing in from a machine without a browser: shown there, confirmed here. */
export const DeviceCode = z.string().regex(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
export const DeviceTokenRequest = z.strictObject({ secret: z.string().min(1).max(200) });
export const DeviceAnswerRequest = z.strictObject({ code: DeviceCode, confirm: z.boolean() });
/** Casts the one vote that a demonstration may cast. */
export const DemoVoteRequest = z.strictObject({
  secret: z.string().min(1).max(200),
  approvalId: Id,
  actionDigest: Digest,
});
/** `everywhere` also ends the person's sessions on other devices. */
export const LogoutRequest = z.strictObject({ everywhere: z.boolean().optional() });
/** A token that votes expires, within 90 days. */
export const NewTokenRequest = z.strictObject({
  label: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/),
  permissions: z.array(z.enum(PERMISSIONS)).min(1).max(PERMISSIONS.length),
  expiresAt: Time.optional(),
});

/** Who is signed in. `user` is absent for an agent's token. */
export const Me = z.object({
  principal: Principal,
  user: z.object({ userId: Id, name: z.string(), roles: z.array(UserRole) }).optional(),
  permissions: z.array(z.string()),
  installationId: Id,
});
/** The names behind `user:<userId>`. */
export const UserNames = z.object({ users: z.array(z.object({ userId: Id, name: z.string() })) });
/** `token` is shown once and never again. */
export const NewToken = z.object({ tokenId: Id, token: z.string() });
/** What `GET /api/v1/runs/{runId}/log` is asked for. */
export const TaskLogQuery = z.strictObject({
  task: TaskId,
  attempt: z
    .string()
    .regex(/^[1-9]\d{0,5}$/)
    .optional(),
  cursor: z.string().max(60).optional(),
});
/** Lines of one attempt's log, at most 2,000 at a time. */
export const TaskLogPage = z.object({
  taskId: TaskId,
  attempt: z.int(),
  /** Number of the first line, from 0. */
  first: z.int(),
  lines: z.array(z.string()),
  /** Asks for what follows. */
  cursor: z.string(),
  /** There is more right now. */
  more: z.boolean(),
  /** The attempt goes on, so lines may follow. */
  running: z.boolean(),
  /** The whole log, once the attempt has ended. */
  content: Content.optional(),
});

/** What `GET /api/v1/events` is asked for: facts of one context after a position, from the beginning when there is none. */
export const EventsQuery = z.strictObject({
  context: z.enum(contexts),
  after: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
});
/** Facts in the order of the log, at most 500 and about 4 MiB at a time. */
export const EventsPage = z.object({
  /** CloudEvents, as they are published on NATS. */
  events: z.array(z.record(z.string(), z.unknown())),
  /** Asks for what follows. */
  position: z.string(),
  /** There is more right now. */
  more: z.boolean(),
});

/** A person's rights for a command line, for at most 15 minutes. */
export const LoginToken = z.object({ token: z.string(), expiresAt: Time, name: z.string() });
/** `secret` fetches the token once a signed-in person has confirmed `code` in the dashboard. */
export const NewDevice = z.object({ code: DeviceCode, secret: z.string(), expiresAt: Time });
/** `from`: the address that asked. */
export const WaitingDevice = z.object({ code: DeviceCode, from: z.string(), askedAt: Time, expiresAt: Time });
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
/** Rows of a view that fit, in order, of one moment. */
export const ViewWindow = z.object({
  kind: z.string(),
  id: z.string(),
  epoch: z.string(),
  revision: z.int(),
  incompleteSince: z.int().optional(),
  /** Rows that fit in all, and those of them that come before. */
  total: z.int(),
  offset: z.int(),
  /** So many rows at most, fewer than were asked for where they are large. */
  limit: z.int(),
  rows: z.array(z.object({ key: z.string(), row: z.unknown() })),
});
export const StoredContent = z.object({ digest: Digest, bytes: z.int(), mediaType: z.string() });
/** `missing` names what is not there yet. */
export const Readiness = z.object({ status: z.enum(['ok', 'waiting']), missing: z.array(z.string()) });

/** Up to which level contracts are written, and who reads how much of them. */
export const UpgradeState = z.object({
  written: z.int(),
  /** What every replica of every service reads; absent while nobody of one is heard. */
  readByAll: z.int().optional(),
  readers: z.array(z.object({ service: z.string(), instanceId: z.string(), reads: z.int() })),
  /** Services of which nobody is heard. */
  silent: z.array(z.string()),
  /** When it is raised by itself, unless somebody comes who reads less. */
  raisedAt: Time.optional(),
});

export type SetupRequest = z.infer<typeof SetupRequest>;
export type LoginRequest = z.infer<typeof LoginRequest>;
export type LogoutRequest = z.infer<typeof LogoutRequest>;
export type NewTokenRequest = z.infer<typeof NewTokenRequest>;
export type DeviceAnswerRequest = z.infer<typeof DeviceAnswerRequest>;
export type TaskLogPage = z.infer<typeof TaskLogPage>;
export type EventsQuery = z.infer<typeof EventsQuery>;
export type EventsPage = z.infer<typeof EventsPage>;
export type LoginToken = z.infer<typeof LoginToken>;
export type NewDevice = z.infer<typeof NewDevice>;
export type WaitingDevice = z.infer<typeof WaitingDevice>;
export type Me = z.infer<typeof Me>;
export type UserNames = z.infer<typeof UserNames>;
export type Readiness = z.infer<typeof Readiness>;
export type UpgradeState = z.infer<typeof UpgradeState>;
