/** A thousand leases of a second, told three times in it, with room to spare. */
const BYTES_A_SECOND = 2 * 1024 * 1024;
/** What a heartbeat costs at least. */
const LEAST_BYTES = 4 * 1024;

/** How much of our time the heartbeats of one agent may take, so that those of the others are answered. */
export class HeartbeatShare {
  private readonly agents = new Map<string, { left: number; at: number }>();

  /** Counts one message before it is read. @param now in ms of a monotonic clock @returns false when it is one too many */
  take(agentId: string, bytes: number, now: number): boolean {
    const known = this.agents.get(agentId);
    const saved = known ? known.left + ((now - known.at) / 1_000) * BYTES_A_SECOND : BYTES_A_SECOND;
    const left = Math.min(BYTES_A_SECOND, saved) - Math.max(bytes, LEAST_BYTES);
    this.agents.set(agentId, { left: Math.max(left, 0), at: now });
    return left >= 0;
  }
}
