import type { AgentKind, Content, Resume, Usage } from '@agencyos/contracts';

/** Structured logging as pino has it: fields first, then the message. */
export interface AgentLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** One attempt that this process holds. */
export interface HeldTask {
  runId: string;
  taskId: string;
  /** Also the fencing token: whoever holds a later one makes this one's results refused. */
  attempt: number;
  role: string;
  /** How long the lease lasts without a renewal. */
  leaseMs: number;
  /** How long the attempt may take; swarm sends a stop order when it is over. */
  timeoutMs: number;
  /** The approval that it is guarded by: nothing may be done that is not in its input, or is found by a digest there. */
  approvalId?: string;
}

/** Why work must end: on `lease_lost` at once, for another worker may start; otherwise it may end tidily. */
export type StopReason = 'stop_ordered' | 'lease_lost' | 'shutdown';

export interface TaskContext {
  task: HeldTask;
  input: unknown;
  /** Set when the attempt continues something, e.g. `{kind: 'handoff', value}` with the context handed over. */
  resume?: Resume;
  /** Aborted with a {@link StopReason}. The handler ends its work, children included, before it returns. */
  signal: AbortSignal;
  /**
   * Tells by when the work must be over, now and at every renewal, on the clock of `performance.now()`: a process that
   * is paused cannot end its work itself, so whoever does it in another process can have that ended there.
   */
  followLease?(listener: (endBy: number) => void): void;
  /** Publishes one line: escape sequences and control characters are taken out, 2,000 characters are kept. */
  log(line: string): void;
  /** Publishes how far the work is, 0…1. */
  progress(ratio: number): void;
}

export type TaskOutcome =
  | { kind: 'succeeded'; output: unknown; artifacts?: Content[]; usage?: Partial<Usage> }
  /** The output lies in the content store: it is too large for an event. */
  | { kind: 'succeeded'; stored: Content; artifacts?: Content[]; usage?: Partial<Usage> }
  | { kind: 'failed'; fault: { code: string; message: string; retryable: boolean }; usage?: Partial<Usage> }
  | { kind: 'handed_off'; toRole: string; reason: string; context: unknown; usage?: Partial<Usage> };

/** Does the work. A throw is a retryable fault `agent_error`. What it returns after an abort is not reported. */
export type TaskHandler = (context: TaskContext) => Promise<TaskOutcome>;

/** The content store, as the agent reaches it. */
export interface ContentPlace {
  /** Repeated through outages until it is stored. @throws when it never will be; the signal's reason once it is aborted */
  put(bytes: string | Uint8Array, mediaType: string, signal: AbortSignal): Promise<Content>;
}

export interface AgentOptions {
  agentId: string;
  /** Tells the processes of one agent apart; a new one at every start. */
  instanceId: string;
  kind: AgentKind;
  roles: string[];
  /** Version of the agent's program, shown to people. */
  build: string;
  /** Tasks at a time in this process. */
  maxConcurrent: number;
  natsUrl: string;
  /** Path of the file with the nkey seed; without it no credential is sent. */
  nkeyFile?: string;
  /** Ends the start with `NotLimited` where the server lets the agent do what must be forbidden to it. */
  natsProbe?: boolean;
  handler: TaskHandler;
  /** Where the log of an attempt is kept once it has ended; without it, it is readable for a day. */
  content?: ContentPlace;
  logger: AgentLogger;
  timing?: Partial<AgentTiming>;
}

/** Intervals in ms. The defaults are for production; tests shorten them. */
export interface AgentTiming {
  /** Longest time between two heartbeats. */
  heartbeatMs: number;
  /** How long one pull for an offer waits at the server. */
  pullMs: number;
  /** How long to wait for one answer before the command is sent again. */
  answerMs: number;
  /** How long a result is repeated that fails at swarm, alone; then the attempt is reported as failed. */
  faultMs: number;
  /** How long an ordinary stop may take before what remains is left to the leases. */
  stopMs: number;
}

export const defaultTiming: AgentTiming = {
  heartbeatMs: 1_000,
  pullMs: 10_000,
  answerMs: 3_000,
  faultMs: 10_000,
  stopMs: 4_000,
};
