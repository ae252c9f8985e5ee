export { assertOwnDatabase } from './database-place.js';
export { agentPrincipal } from './nats-accounts.js';
export {
  permissionsOf,
  services,
  type ServicePrincipal,
  type SubjectPermissions,
} from './nats-permissions.js';
export { postgresOf, type FolderPostgres } from './postgres-of.js';
