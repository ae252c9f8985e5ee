import { agentCommands, agentEvents, type AgentCommand, type AgentEvent } from '@agencyos/contracts';
import type { Decider } from '@agencyos/decider';
import { describe, expect, it } from '@jest/globals';
import type { Aggregate } from '../service-definition.js';
import { snapshotKey } from './snapshot-keys.js';

interface Agent {
  registrations: number;
  admitted?: string;
}
type Evolve = Decider<AgentCommand, Agent, AgentEvent>['evolve'];

const evolve: Evolve = (agent, { type, data }) =>
  type === 'AgentAdmitted' ? { ...agent, admitted: data.agentId } : { ...agent, registrations: agent.registrations + 1 };
const keyOf = (changed: Evolve, revive?: (json: unknown) => Agent) => {
  const decider = { initialState: { registrations: 0 }, decide: () => [], evolve: changed };
  const aggregate: Aggregate<AgentCommand, Agent, AgentEvent> = {
    category: 'agent',
    commands: agentCommands,
    events: agentEvents,
    decider,
  };
  return snapshotKey({ ...aggregate, ...(revive && { snapshots: { key: '', revive } }) });
};

describe('the key of snapshots', () => {
  it.each<[string, Evolve, ((json: unknown) => Agent) | undefined]>([
    ['a value', (agent, event, at) => ({ ...evolve(agent, event, at), registrations: agent.registrations + 2 }), undefined],
    ['a name', (agent, event, at) => ({ ...evolve(agent, event, at), since: at.recordedAt }), undefined],
    ['what a second event adds', (agent, event, at) => (agent.registrations === 1 ? agent : evolve(agent, event, at)), undefined],
    [
      'what one event does after another',
      (agent, event, at) => (agent.admitted ? { ...agent } : evolve(agent, event, at)),
      undefined,
    ],
    ['how a state comes back', evolve, (json) => ({ ...(json as Agent), registrations: 7 })],
  ])('is another one where the fold has another: %s', async (_, changed, revive) => {
    expect(await keyOf(changed, revive)).not.toBe(await keyOf(evolve));
  });

  it('is the same where nothing but the order of names is another', async () => {
    const turned: Evolve = (agent, event, at) => {
      const { registrations, ...others } = evolve(agent, event, at);
      return { ...others, registrations };
    };
    expect(await keyOf(turned)).toBe(await keyOf(evolve));
  });
});
