import type { ServiceOptions } from '@agencyos/runtime';
import type { GatewayConfig } from './config.js';
import { gatewayModule } from './gateway.module.js';
import { configureHttp } from './http/http-app.js';
import { AccessLog1 } from './identity/access-log.migration.js';
import { CommandLineLogins1 } from './identity/command-line.migration.js';
import { Identity1 } from './identity/identity.migration.js';
import { People1 } from './identity/people.migration.js';
import { Limits1 } from './limits.migration.js';
import { SetupLinks1 } from './provisioning/setup-links.migration.js';

/** What the gateway adds to a service: its tables, its handlers, its HTTP and WebSocket server. */
export const gatewayOptions = (config: GatewayConfig): ServiceOptions => ({
  migrations: [Identity1, CommandLineLogins1, AccessLog1, Limits1, SetupLinks1, People1],
  module: () => gatewayModule(config),
  configure: (app) => configureHttp(app, config),
  listen: { host: config.host, port: config.port },
  lingerMs: config.lingerMs,
});
