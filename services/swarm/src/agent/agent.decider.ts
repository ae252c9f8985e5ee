import type { AgentCommand, AgentEvent } from '@agencyos/contracts';
import { Rejection, type Decider } from '@agencyos/decider';
import { digestOf } from '@agencyos/runtime/digest';

/** What an agent last said of itself; it holds for all processes of it. */
export interface Agent {
  registered?: AgentEvent['data'];
}

export const agentDecider: Decider<AgentCommand, Agent, AgentEvent> = {
  initialState: {},
  decide({ data, metadata }, agent) {
    const itself = metadata.actor === `agent:${data.agentId}`;
    if (!itself && !metadata.permissions.includes('run:operate')) {
      throw new Rejection('forbidden', { field: 'agentId', detail: 'An agent registers only itself.' });
    }
    const roles = [...new Set(data.roles)].sort();
    const registered = { ...data, roles };
    if (agent.registered && digestOf(agent.registered) === digestOf(registered)) return [];
    return [{ type: 'AgentRegistered', data: registered }];
  },
  evolve: (_, { data }) => ({ registered: data }),
};
