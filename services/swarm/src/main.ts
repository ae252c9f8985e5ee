import { runService } from '@agencyos/runtime';
import { options } from './options.js';
import { swarm } from './service.js';

await runService('swarm', swarm, options);
