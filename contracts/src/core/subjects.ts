/** Every NATS subject of the product is built here. */
const PREFIX = 'agencyos';

export const subjects = {
  event: (context: string, aggregate: string, type: string, id: string) => `${PREFIX}.evt.${context}.${aggregate}.${type}.${id}`,
  allEvents: `${PREFIX}.evt.>`,
  command: (context: string, aggregate: string, sender: string) => `${PREFIX}.cmd.${context}.${aggregate}.${sender}`,
  query: (context: string, view: string, sender: string) => `${PREFIX}.qry.${context}.${view}.${sender}`,
  view: (kind: string, id: string) => `${PREFIX}.view.${kind}.${id}`,
  viewHead: (context: string) => `${PREFIX}.viewhead.${context}`,
  live: (kind: string, id: string) => `${PREFIX}.live.${kind}.${id}`,
  heartbeat: (kind: string, id: string) => `${PREFIX}.hb.${kind}.${id}`,
  taskOffer: (role: string) => `${PREFIX}.task.${role}`,
  /** Lines of a run's tasks as agents once named them: NATS puts the sender's name to them, and makes them `taskLog`. */
  log: (runId: string) => `${PREFIX}.log.${runId}`,
  /** Lines of a run's tasks, and whose credential says them. */
  taskLog: (runId: string, sender: string) => `${PREFIX}.log.${runId}.${sender}`,
  /** What a sender says of a run's tasks while they go on; nothing of it is kept. */
  taskLive: (runId: string, sender: string) => `${PREFIX}.live.task.${runId}.${sender}`,
};

export const jetstream = { events: 'EVENTS', tasks: 'TASKS', logs: 'LOGS' } as const;
/** Durable pull consumer of TASKS for one role. */
export const taskConsumer = (role: string): string => `role-${role}`;
/** A credential's own token in subjects: `gateway`, a service's name, `agent_<agentId>`. */
export const agentSender = (agentId: string): string => `agent_${agentId}`;

/** `board-<id>` → `{category: 'board', id}`. Categories hold no dash. */
export function parseStream(stream: string): { category: string; id: string } {
  const dash = stream.indexOf('-');
  return { category: stream.slice(0, dash), id: stream.slice(dash + 1) };
}
