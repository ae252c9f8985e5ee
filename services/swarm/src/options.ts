import type { ServiceOptions } from '@agencyos/runtime';
import { LeaseTables1790000000001 } from './leases/lease-tables.migration.js';
import { SwarmModule } from './swarm.module.js';

/** Tables and modules of its own. */
export const options: ServiceOptions = {
  migrations: [LeaseTables1790000000001],
  module: () => ({ imports: [SwarmModule] }),
};
