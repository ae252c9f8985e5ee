export { nkeyFile, provisionNats, type NatsInstance } from './nats-config.js';
export {
  agentPrincipal,
  permissionsOf,
  principals,
  type ServicePrincipal,
  type SubjectPermissions,
} from './nats-permissions.js';
export { postgresOf, type FolderPostgres } from './postgres-of.js';
