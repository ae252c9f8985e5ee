import { agentCommands, agentEvents, defineView, type AgentCommand, type AgentEvent, type Fact } from '@agencyos/contracts';
import { Rejection, type Decider } from '@agencyos/decider';
import { z } from 'zod';
import type { ServiceDefinition } from '../src/index.js';

type Agent = { roles: string[]; registrations: number };
type Register = Extract<AgentCommand, { type: 'RegisterAgent' }>;
const decider: Decider<Register, Agent, AgentEvent> = {
  initialState: { roles: [], registrations: 0 },
  decide({ data }, { registrations, roles }) {
    if (data.build === 'refused') throw new Rejection('closed', { detail: 'This build is refused.' });
    if (registrations > 0 && roles.join() === data.roles.join()) return [];
    return [{ type: 'AgentRegistered', data }];
  },
  evolve: (state, { data }) => ({ roles: data.roles, registrations: state.registrations + 1 }),
};

const agents = defineView({ kind: 'agents', context: 'swarm', permission: 'run:read', id: 'all', rows: { agent: z.unknown() } });
/** Facts that the reaction has taken, as `agentId@revision`. */
export const seen: string[] = [];
/** Agents whose facts the reaction cannot take. */
export const failing = new Set<string>();

/** One that registers agents: each has a row, a copy, and the one called `timed` a timer. */
export const agentService = (version = 1): ServiceDefinition => ({
  name: 'swarm',
  aggregates: [{ category: 'agent', commands: agentCommands, events: agentEvents, decider }],
  projections: [
    {
      name: 'agents',
      version,
      views: [agents],
      categories: ['agent'],
      async project(fact: Fact, rows) {
        const key = `agent/${String(fact.data['agentId'])}`;
        const before = await rows.get<{ times: number }>('agents', 'all', key);
        rows.put('agents', 'all', key, { roles: fact.data['roles'], times: (before?.times ?? 0) + 1, version });
      },
    },
  ],
  reactions: [
    {
      name: 'echo',
      source: 'events',
      categories: ['agent'],
      react(fact, memory) {
        const agentId = String(fact.data['agentId']);
        if (failing.has(agentId)) throw new Error(`cannot react to ${agentId}`);
        seen.push(`${agentId}@${fact.revision}`);
        memory.set('last', agentId);
        if (agentId.startsWith('copy-')) return [];
        const { build, kind, maxConcurrent, roles } = fact.data;
        return [
          {
            name: 'copy',
            command: { type: 'RegisterAgent', data: { agentId: `copy-${agentId}`, build, kind, maxConcurrent, roles } as never },
          },
        ];
      },
    },
  ],
  timers: [
    {
      name: 'later',
      categories: ['agent'],
      on: (fact) =>
        fact.data['agentId'] === 'timed'
          ? [
              {
                set: {
                  kind: 'again',
                  key: 'timed',
                  dueAt: fact.metadata.recordedAt,
                  command: { type: 'RegisterAgent', data: { ...fact.data, agentId: 'fired' } as never },
                },
              },
            ]
          : [],
    },
  ],
});
