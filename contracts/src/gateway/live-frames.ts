import { z } from 'zod';
import { Id, UserRole } from '../core/scalars.js';
import { windowAsked } from '../core/windows.js';

/** Limits of one WebSocket at `/api/v1/live`. */
export const LIVE_LIMITS = {
  frameBytes: 64 * 1024,
  messagesPerSecond: 50,
  helloWithinMs: 5_000,
  bufferBytes: 1024 * 1024,
  pingEveryMs: 15_000,
  subscriptions: 200,
  sockets: 2_000,
} as const;

const viewKey = {
  kind: z.string().regex(/^[a-z][a-z-]{0,62}$/),
  id: z.string().regex(/^[A-Za-z0-9~-]{1,130}$/),
};
/** Names one window of a socket, as its client likes. */
const windowName = z.string().regex(/^[A-Za-z0-9~-]{1,40}$/);
/** What a client may send, by event. Frames are `{event, data}`. */
export const liveRequests = {
  hello: z.strictObject({ ticket: z.string().min(1).max(200) }),
  /** `epoch` and `revision` of what the client already holds: it then gets only what is missing. */
  subscribe: z.strictObject({
    ...viewKey,
    epoch: z.string().max(100).optional(),
    revision: z.int().min(0).optional(),
  }),
  unsubscribe: z.strictObject(viewKey),
  /**
   * Rows of a view that fit a filter, in an order, from an offset or a place on. Under a name that is in use it takes
   * that one's place. Where `epoch` and `revision` are those of now, nothing but the window's counts is sent.
   */
  window: z.strictObject({
    window: windowName,
    ...viewKey,
    ...windowAsked,
    epoch: z.string().max(100).optional(),
    revision: z.int().min(0).optional(),
  }),
  unwindow: z.strictObject({ window: windowName }),
  /** Progress and log lines of the tasks of one run; nothing is kept or repeated. */
  live: z.strictObject({ kind: z.literal('task'), id: Id }),
  unlive: z.strictObject({ kind: z.literal('task'), id: Id }),
  ping: z.strictObject({}).optional(),
};

const op = z.discriminatedUnion('op', [
  z.object({ op: z.literal('put'), key: z.string(), value: z.unknown() }),
  z.object({ op: z.literal('del'), key: z.string() }),
]);
const named = { kind: z.string(), id: z.string() };
/** Parts of the snapshot are still to come: until the last one there is nothing that a later subscription could resume. */
const more = z.boolean().optional();
/** What the server sends, by event. */
export const liveMessages = {
  welcome: z.object({
    principal: z.string(),
    user: z.object({ userId: Id, name: z.string(), roles: z.array(UserRole) }).optional(),
  }),
  snapshot: z.object({
    ...named,
    epoch: z.string(),
    revision: z.int(),
    /** Log position of the first fact that the view lacks, until it was built anew. */
    incompleteSince: z.int().optional(),
    rows: z.record(z.string(), z.unknown()),
    more,
  }),
  /**
   * Applied if `from` equals the client's revision, else subscribe again. A large snapshot goes on in deltas whose
   * `from` and `to` are both its revision.
   */
  delta: z.object({ ...named, epoch: z.string(), from: z.int(), to: z.int(), ops: z.array(op), more }),
  /** A window as it is now: its rows in order, how many fit in all, and how many of those come before. */
  window: z.object({
    window: z.string(),
    ...named,
    epoch: z.string(),
    revision: z.int(),
    incompleteSince: z.int().optional(),
    total: z.int(),
    offset: z.int(),
    rows: z.array(z.object({ key: z.string(), row: z.unknown() })),
  }),
  /**
   * What has changed in a window that stands at `from`: rows that came or changed, and keys of those that left it. What
   * happens outside changes the counts alone, and `to` may then be `from`.
   */
  window_delta: z.object({
    window: z.string(),
    epoch: z.string(),
    from: z.int(),
    to: z.int(),
    total: z.int(),
    offset: z.int(),
    ops: z.array(op),
  }),
  live: z.object({ ...named, data: z.unknown() }),
  /** What the client holds cannot be continued; a snapshot follows. */
  resync_required: z.object(named),
  error: z.object({
    code: z.string(),
    kind: z.string().optional(),
    id: z.string().optional(),
    /** Of the window that it is about. */
    window: z.string().optional(),
    detail: z.string(),
  }),
  pong: z.object({}),
  /** The session ends at `at`; sign in again and open a new socket. */
  reauth: z.object({ at: z.string() }),
};
export type LiveRequest = keyof typeof liveRequests;
export type LiveMessage = keyof typeof liveMessages;
