/** How a single server is found, made and started, for those who need no whole installation. */
export { findBubblewrap } from '../bin/bubblewrap.mjs';
export { findNatsServer } from '../bin/nats-server.mjs';
export { freePort } from './free-port.js';
export { guarded } from './guarded.js';
export { nkeyFile, provisionNats } from './nats-config.js';
export {
  answersQueries,
  createCluster,
  databaseUrl,
  environment,
  findPostgres,
  postgresCommand,
  preparePostgresFolder,
  unprivilegedUser,
  type PostgresInstance,
} from './postgres.js';
export { natsParts, PLACES } from './nats-parts.js';
