/** What one credential may publish and subscribe to; the server denies everything else. */
export interface SubjectPermissions {
  publish: string[];
  subscribe: string[];
  /** May answer what it was asked on the asker's own inbox, once per message. */
  mayReply: boolean;
}

/** The services, and the context whose commands and queries each one answers. */
const contextOf = {
  relay: 'relay',
  kanban: 'kanban',
  swarm: 'swarm',
  approvals: 'approvals',
  healer: 'healer',
  gateway: 'identity',
} as const;

export type ServicePrincipal = keyof typeof contextOf;

/** Kinds of views that each service tells of. A spec of the gateway compares them with the contracts. */
const viewsOf: Record<ServicePrincipal, readonly string[]> = {
  relay: [],
  kanban: ['board', 'boards'],
  swarm: ['run', 'task-badge', 'run-list', 'agents', 'queues', 'workflows'],
  approvals: ['inbox', 'approval', 'policy'],
  healer: ['services', 'incidents', 'healing'],
  gateway: ['directory'],
};

/** What only some services need, beside what every service has. */
const extra: Partial<Record<ServicePrincipal, { publish?: string[]; subscribe?: string[] }>> = {
  relay: { publish: ['agencyos.evt.>', '$JS.API.>'] }, // the only one that provisions, and the log's only voice
  // Offers of tasks, and orders to stop to the agents that hold one.
  swarm: { publish: ['agencyos.task.*', 'agencyos.live.agent.*'], subscribe: ['agencyos.hb.agent.*'] },
  healer: { subscribe: ['agencyos.hb.>'] },
  gateway: {
    // Reads what workers have said of their tasks.
    publish: [
      '$JS.API.CONSUMER.CREATE.LOGS.>',
      '$JS.API.CONSUMER.INFO.LOGS.*',
      '$JS.API.CONSUMER.MSG.NEXT.LOGS.*',
      '$JS.API.CONSUMER.DELETE.LOGS.*',
    ],
    subscribe: ['agencyos.view.>', 'agencyos.viewhead.*', 'agencyos.live.>'],
  },
};

/** The NATS user name of a built-in agent, and the last token of every command it sends. */
export function agentPrincipal(agentId: string): string {
  return `agent_${agentId}`;
}

/** The principals of one installation: one credential each. */
export function principals(agentIds: readonly string[]): string[] {
  return [...Object.keys(contextOf), ...agentIds.map(agentPrincipal)];
}

/** The subjects of a principal made by {@link principals}. */
export function permissionsOf(principal: string): SubjectPermissions {
  if (principal.startsWith('agent_')) return agentPermissions(principal);
  if (!(principal in contextOf)) throw new Error(`no subjects are known for ${principal}`);
  return servicePermissions(principal as ServicePrincipal);
}

function servicePermissions(service: ServicePrincipal): SubjectPermissions {
  const context = contextOf[service];
  return {
    publish: [
      `agencyos.cmd.*.*.${service}`,
      `agencyos.qry.*.*.${service}`,
      ...viewsOf[service].map((kind) => `agencyos.view.${kind}.*`),
      `agencyos.viewhead.${context}`,
      `agencyos.hb.service.${service}`,
      ...(extra[service]?.publish ?? []),
    ],
    subscribe: [
      `_INBOX_${service}.>`,
      'agencyos.evt.>',
      `agencyos.cmd.${context}.*.*`,
      `agencyos.qry.${context}.*.*`,
      ...(extra[service]?.subscribe ?? []),
    ],
    mayReply: true,
  };
}

/** An agent speaks to swarm alone, in its own name; it can neither vote, nor write a fact, nor make a stream. */
function agentPermissions(principal: string): SubjectPermissions {
  const agentId = principal.slice('agent_'.length);
  return {
    publish: [
      `agencyos.cmd.swarm.*.${principal}`,
      `agencyos.hb.agent.${agentId}`,
      'agencyos.live.task.*',
      'agencyos.log.*',
      // role consumers are named role-<role>, and a token cannot be matched by its beginning
      '$JS.API.CONSUMER.MSG.NEXT.TASKS.*',
      '$JS.API.CONSUMER.INFO.TASKS.*',
      '$JS.ACK.TASKS.>',
    ],
    subscribe: [`_INBOX_${principal}.>`, `agencyos.live.agent.${agentId}`],
    mayReply: false,
  };
}
