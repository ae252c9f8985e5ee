/** What a process is to whoever watches over it. */
export type ProcessKind = 'service' | 'agents' | 'queue' | 'database';
/** Whose rule restarts it when it dies: the supervisor's own at once, or the healer's request. */
export type RestartedBy = 'supervisor' | 'healer';

/** Where a connection may lead. `kurrentdb` is one where the log is there, and is no server of the installation. */
export type Destination = 'nats' | 'postgres' | 'kurrentdb' | 'gateway';

/** One process of an installation: when it is started, and who restarts it. */
export interface InstalledProcess {
  name: string;
  kind: ProcessKind;
  /** Processes of one wave start side by side, once the wave before is ready. */
  wave: number;
  /** Lowest first. */
  stopOrder: number;
  restartedBy: RestartedBy;
  /** Servers and services to which it opens connections; where the network can be told so, every other one is refused. */
  reaches: readonly Destination[];
}

/** A service; its name is that of its NATS user and of its role in the database, too. */
export interface InstalledService extends InstalledProcess {
  /** Its program is `dist/main.js` there. */
  folder: string;
  /** Whose commands and queries it answers. */
  context: string;
  /** Kinds of views that it tells of: those of its context in the contracts. */
  views: readonly string[];
  /** Subjects that it needs beside what every service has. */
  publish: readonly string[];
  subscribe: readonly string[];
  /** The whole counts as ready only once it answers the gateway. */
  awaited: boolean;
}

/** Programs that work at tasks, all of one kind. */
export interface InstalledAgentKind {
  /** Its processes are `<kind>-1`, `<kind>-2`, … */
  kind: string;
  /** Its program is `dist/main.js` there. */
  folder: string;
  instances: number;
  /** Whose tasks each of them is offered; all have all, so that any can take over from another. */
  roles: readonly string[];
}

/** One process of an agent kind; its name is the agent's id. */
export interface InstalledAgent extends InstalledProcess, Pick<InstalledAgentKind, 'folder' | 'roles'> {}

/** What an installation consists of. */
export interface Installation {
  /** What the product stands on. */
  servers: readonly InstalledProcess[];
  services: readonly InstalledService[];
  agentKinds: readonly InstalledAgentKind[];
}
