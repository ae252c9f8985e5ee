import { runService } from '@agencyos/runtime';
import { seedPolicies } from './seed.js';
import { approvals } from './service.js';

await runService('approvals', approvals, { configure: (_app, runtime) => seedPolicies(runtime) });
