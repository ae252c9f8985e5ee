/** A door of its own, behind which nothing is loaded: the supervisor reads it, and scripts without a build of theirs. */
export { agentsOf, processesOf } from './agents.js';
export { installation } from './installation.js';
export type {
  Destination,
  InstalledAgentKind,
  InstalledAgent,
  InstalledProcess,
  InstalledService,
  Installation,
  ProcessKind,
  RestartedBy,
} from './types.js';
