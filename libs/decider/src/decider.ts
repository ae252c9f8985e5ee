/** Who, when and why: everything `decide` may know besides the command and the state. */
export interface CommandMetadata {
  commandId: string;
  /** RFC 3339 UTC; the database's clock, never before the stream's last event. */
  now: string;
  /** Up to which contracts are written: what came later, its version before could not read. */
  level: number;
  actor: string;
  /** Subject token of the credential that sent it: `gateway`, a service's name, `agent_<agentId>`. */
  sender: string;
  onBehalfOf?: string;
  roles: readonly string[];
  permissions: readonly string[];
  stepUp: 'none' | 'totp' | 'passkey';
  correlationId: string;
  causationId: string;
  depth: number;
}

export type Command<C extends { type: string; data: unknown }> = C & {
  metadata: CommandMetadata;
  /** What the host loaded for this command before deciding (e.g. a workflow's specification). */
  prepared?: unknown;
};

/** What `evolve` may know of an event beside its data. */
export interface Recorded {
  revision: number;
  recordedAt: string;
  actor: string;
}

/** Pure: no clock, no randomness, no I/O. `decide` refuses by throwing a `Rejection`. */
export interface Decider<C extends { type: string; data: unknown }, S, E extends { type: string; data: unknown }> {
  initialState: S;
  decide(command: Command<C>, state: S): E[];
  evolve(state: S, event: E, recorded: Recorded): S;
}
