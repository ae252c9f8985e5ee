import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { Principal, Slug } from '../core/scalars.js';
import { AgentKind } from './agent-events.js';
import { Roles } from './command-fields.js';

export const agentCommands = defineCommands('swarm', 'agent', 'agentId', {
  /** An agent registers itself only; a person with `run:operate` any. */
  RegisterAgent: {
    permission: ['task:work', 'run:operate'],
    data: z.strictObject({
      agentId: Slug,
      kind: AgentKind,
      roles: Roles,
      owner: Principal.optional(),
      build: z.string().min(1).max(200),
      maxConcurrent: z.int().min(1).max(1_000),
    }),
  },
});
export type AgentCommand = CommandOf<typeof agentCommands>;
