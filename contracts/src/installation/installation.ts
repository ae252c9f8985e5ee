import type { Destination, InstalledAgentKind, InstalledProcess, InstalledService, Installation, ProcessKind } from './types.js';

/** Without these no repair could be ordered, so the supervisor restarts them by its own rule. */
const server = (name: string, kind: ProcessKind, stopOrder: number, reaches: Destination[] = []): InstalledProcess => ({
  ...{ name, kind, wave: 0, stopOrder, restartedBy: 'supervisor', reaches },
});

const service = (name: string, rest: Partial<InstalledService> = {}): InstalledService => ({
  ...{ name, kind: 'service', wave: 1, stopOrder: 3, restartedBy: 'healer' },
  ...{ folder: `services/${name}`, context: name, views: [], publish: [], subscribe: [], awaited: true },
  reaches: ['nats', 'postgres', 'kurrentdb'],
  ...rest,
});

const servers = [
  // Of several NATS servers each reaches the others.
  server('nats', 'queue', 5, ['nats']),
  server('postgres', 'database', 6),
];

const services = [
  // The only one that provisions, and the log's only voice. Nobody waits for its answers.
  service('relay', { stopOrder: 4, publish: ['agencyos.evt.>', '$JS.API.>'], awaited: false }),
  service('kanban', { views: ['board', 'boards'] }),
  service('swarm', {
    views: ['run', 'task-badge', 'run-list', 'agents', 'queues', 'workflows'],
    // Offers of tasks, and orders to stop to the agents that hold one.
    publish: ['agencyos.task.*', 'agencyos.live.agent.*'],
    subscribe: ['agencyos.hb.agent.*'],
  }),
  service('approvals', { views: ['inbox', 'approval', 'policy'] }),
  service('healer', {
    stopOrder: 2,
    restartedBy: 'supervisor',
    views: ['services', 'incidents', 'healing'],
    subscribe: ['agencyos.hb.>'],
  }),
  // Last, for it asks for all the others.
  service('gateway', {
    ...{ folder: 'gateway', context: 'identity', wave: 2, stopOrder: 1, awaited: false },
    views: ['directory'],
    // Reads what workers have said of their tasks.
    publish: [
      '$JS.API.CONSUMER.CREATE.LOGS.>',
      '$JS.API.CONSUMER.INFO.LOGS.*',
      '$JS.API.CONSUMER.MSG.NEXT.LOGS.*',
      '$JS.API.CONSUMER.DELETE.LOGS.*',
    ],
    subscribe: ['agencyos.view.>', 'agencyos.viewhead.*', 'agencyos.live.>'],
  }),
];

const agentKinds: InstalledAgentKind[] = [
  { kind: 'command', folder: 'agents/command', instances: 2, roles: ['check', 'notes', 'reviewer', 'publisher'] },
];

/** The one table: whatever has to know what runs here reads it, or is generated from it. */
export const installation: Installation = { servers, services, agentKinds };
