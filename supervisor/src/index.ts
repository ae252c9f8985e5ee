export { nkeyFile, provisionNats, type NatsInstance } from './nats-config.js';
export { agentPrincipal, permissionsOf, principals, type SubjectPermissions } from './nats-permissions.js';
