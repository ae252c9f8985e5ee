import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Int, Principal, Slug } from '../core/scalars.js';

export const AgentKind = z.enum(['command', 'http', 'llm', 'coding', 'mcp', 'human', 'custom']);
export type AgentKind = z.infer<typeof AgentKind>;

export const agentEvents = defineEvents('swarm', 'agent', {
  /** What its credential is for: the roles whose tasks it may do, and who answers for it. Recorded again on change. */
  AgentAdmitted: z.object({ agentId: Slug, roles: z.array(Slug), owner: Principal.optional() }),
  /** Recorded again whenever what the agent says of itself has changed. */
  AgentRegistered: z.object({
    agentId: Slug,
    kind: AgentKind,
    roles: z.array(Slug),
    owner: Principal.optional(),
    build: z.string(),
    maxConcurrent: Int,
  }),
});
export type AgentEvent = EventOf<typeof agentEvents>;
