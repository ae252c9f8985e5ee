export { Backups } from './backups/backups.js';
export { assertOwnDatabase, noteDatabasePlace } from './database-place.js';
export { agentPrincipal } from './nats-accounts.js';
export { permissionsOf, type SubjectPermissions } from './nats-permissions.js';
export { postgresOf, type FolderPostgres } from './postgres-of.js';
export { keptFiles, writeKeptFiles, type KeptFile } from './kept-files.js';
export { clearRemains } from './postgres.js';
export { Problem } from '../bin/problem.mjs';
