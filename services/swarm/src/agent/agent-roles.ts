import type { AgentEvent } from '@agencyos/contracts';
import type { EventStore } from '@agencyos/runtime';
import { agentDecider } from './agent.decider.js';

const FRESH_MS = 5_000;

/** What agents do and are admitted to, out of their own streams: a view could lag behind a registration. */
export class AgentRoles {
  private readonly known = new Map<string, { roles: string[]; readAt: number }>();

  constructor(private readonly store: EventStore) {}

  /** Read again when it is a few seconds old, or does not have the role in question. */
  async rolesOf(agentId: string, wanted: string): Promise<string[]> {
    const known = this.known.get(agentId);
    if (known && performance.now() - known.readAt < FRESH_MS && known.roles.includes(wanted)) return known.roles;
    const readAt = performance.now();
    let agent = agentDecider.initialState;
    for await (const { type, data, revision, metadata } of this.store.read(`agent-${agentId}`)) {
      const { recordedAt, actor } = metadata;
      agent = agentDecider.evolve(agent, { type, data } as AgentEvent, { revision, recordedAt, actor });
    }
    const { admitted, registered } = agent;
    const roles = registered?.roles.filter((role) => admitted?.roles.includes(role)) ?? [];
    this.known.set(agentId, { roles, readAt });
    return roles;
  }
}
