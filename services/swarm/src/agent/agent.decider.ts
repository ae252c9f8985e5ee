import type { AgentCommand, AgentEvent } from '@agencyos/contracts';
import { rejection, type Command, type Decider } from '@agencyos/decider';
import { digestOf } from '@agencyos/runtime/digest';

type Admitted = Extract<AgentEvent, { type: 'AgentAdmitted' }>['data'];
type Registered = Extract<AgentEvent, { type: 'AgentRegistered' }>['data'];
type Of<T extends AgentCommand['type']> = Command<Extract<AgentCommand, { type: T }>>;

export interface Agent {
  /** What its credential is for. */
  admitted?: Admitted;
  /** What it last said of itself; it holds for all processes of it. */
  registered?: Registered;
}

export const agentDecider: Decider<AgentCommand, Agent, AgentEvent> = {
  initialState: {},
  decide(command, agent) {
    return command.type === 'AdmitAgent' ? admit(command, agent) : register(command, agent);
  },
  evolve(agent, event) {
    return event.type === 'AgentAdmitted' ? { ...agent, admitted: event.data } : { ...agent, registered: event.data };
  },
};

function admit(command: Of<'AdmitAgent'>, agent: Agent): AgentEvent[] {
  const { data, metadata } = command;
  const admitted: Admitted = {
    agentId: data.agentId,
    roles: sorted(data.roles),
    ...(metadata.actor.startsWith('user:') && { owner: metadata.actor }),
  };
  if (!agent.admitted && admitted.roles.length === 0)
    throw rejection(command, 'not_found', { field: 'agentId', detail: `There is no agent ${data.agentId}.` });
  if (agent.admitted && digestOf(agent.admitted) === digestOf(admitted)) return [];
  return [{ type: 'AgentAdmitted', data: admitted }];
}

function register(command: Of<'RegisterAgent'>, { admitted, registered }: Agent): AgentEvent[] {
  const { data, metadata } = command;
  const { agentId, owner: claimed, ...rest } = data;
  if (metadata.actor !== `agent:${agentId}` && !metadata.permissions.includes('run:operate')) {
    throw rejection(command, 'forbidden', { field: 'agentId', detail: 'An agent registers only itself.' });
  }
  if (claimed !== undefined) {
    const detail = 'The owner of an agent is whoever admitted it: leave it out.';
    throw rejection(command, 'forbidden', { field: 'owner', detail });
  }
  const roles = sorted(rest.roles);
  const granted = admitted?.roles ?? [];
  if (!admitted || roles.some((role) => !granted.includes(role))) {
    const wanted = roles.map((role) => `--role ${role}`).join(' ');
    const detail = `Admit it first: agencyos agent add ${agentId} ${wanted}`;
    throw rejection(command, 'role_not_granted', { field: 'roles', allowed: granted, detail });
  }
  const { owner } = admitted;
  const said: Registered = { ...rest, agentId, roles, ...(owner !== undefined && { owner }) };
  return registered && digestOf(registered) === digestOf(said) ? [] : [{ type: 'AgentRegistered', data: said }];
}

const sorted = (roles: readonly string[]): string[] => [...new Set(roles)].sort();
