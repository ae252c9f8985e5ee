import { runService } from '@agencyos/runtime';
import { readGatewayConfig } from './config.js';
import { gatewayOptions } from './gateway.js';
import { identity } from './service.js';

await runService('gateway', identity, gatewayOptions(readGatewayConfig()));
