/** What one credential of the product's own account may publish and subscribe to; the server denies everything else. */
export interface SubjectPermissions {
  publish: string[];
  subscribe: string[];
  /** May answer where it was asked to, once per message; the runtime looks whether that is the asker's own inbox. */
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

/** The services of one installation: one credential each. */
export const services = Object.keys(contextOf) as readonly ServicePrincipal[];

/** The subjects of a service; NATS refuses it everything else. */
export function permissionsOf(service: ServicePrincipal): SubjectPermissions {
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
