import type { AgentEvent } from '@agencyos/contracts';
import type { EventStore } from '@agencyos/runtime';

const FRESH_MS = 5_000;

/** What agents have registered for, out of their own streams: a view could lag behind a registration. */
export class AgentRoles {
  private readonly known = new Map<string, { roles: string[]; readAt: number }>();

  constructor(private readonly store: EventStore) {}

  /** Read again when it is a few seconds old, or does not have the role in question. */
  async rolesOf(agentId: string, wanted: string): Promise<string[]> {
    const known = this.known.get(agentId);
    if (known && performance.now() - known.readAt < FRESH_MS && known.roles.includes(wanted))
      return known.roles;
    const readAt = performance.now();
    let roles: string[] = [];
    for await (const { data } of this.store.read(`agent-${agentId}`))
      roles = (data as AgentEvent['data']).roles;
    this.known.set(agentId, { roles, readAt });
    return roles;
  }
}
