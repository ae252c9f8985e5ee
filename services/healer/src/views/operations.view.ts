import { incidentsView, servicesView } from '@agencyos/contracts';
import { defineProjection } from '@agencyos/runtime';
import { incidentChanges } from './incident-rows.js';
import { repairChanges } from './repair-rows.js';
import { serviceChanges } from './service-rows.js';

/** What the operations page shows: targets with their monitors, incidents with their repairs. */
export const operationsProjection = defineProjection([servicesView, incidentsView], {
  name: 'operations',
  version: 3,
  changes: [serviceChanges, repairChanges, incidentChanges],
});
