import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { forbidden, notFound } from '../core/refusals.js';
import { Principal, Slug } from '../core/scalars.js';
import { AgentKind } from './agent-events.js';
import { RoleList } from './command-fields.js';
import { roleNotGranted } from './refusals.js';

export const agentCommands = defineCommands('swarm', 'agent', 'agentId', {
  /**
   * Whoever sends it, answers for the agent from then on; swarm itself for the agents that are built in. No roles: it may
   * work no more.
   */
  AdmitAgent: {
    permission: ['ops:admin'],
    services: ['swarm'],
    refusals: [notFound],
    data: z.strictObject({ agentId: Slug, roles: z.array(Slug).max(50) }),
  },
  /** An agent registers itself only; a person with `run:operate` any. For no more roles than it was admitted to. */
  RegisterAgent: {
    permission: ['task:work', 'run:operate'],
    refusals: [forbidden, roleNotGranted],
    data: z.strictObject({
      agentId: Slug,
      kind: AgentKind,
      roles: RoleList,
      owner: Principal.optional().describe('Refused: it is whoever admitted the agent.'),
      build: z.string().min(1).max(200),
      maxConcurrent: z.int().min(1).max(1_000),
    }),
  },
});
export type AgentCommand = CommandOf<typeof agentCommands>;
