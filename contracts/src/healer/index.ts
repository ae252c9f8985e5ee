import { autonomyCommands } from './autonomy-commands.js';
import { autonomyEvents } from './autonomy-events.js';
import { healingCommands } from './healing-commands.js';
import { healingEvents } from './healing-events.js';
import { incidentCommands } from './incident-commands.js';
import { incidentEvents } from './incident-events.js';
import { monitorCommands } from './monitor-commands.js';
import { monitorEvents } from './monitor-events.js';
import { repairCommands } from './repair-commands.js';
import { repairEvents } from './repair-events.js';
import { runbookCommands } from './runbook-commands.js';
import { runbookEvents } from './runbook-events.js';
import { targetCommands } from './target-commands.js';
import { targetEvents } from './target-events.js';
import { upgradeCommands } from './upgrade-commands.js';
import { upgradeEvents } from './upgrade-events.js';
import { healingView, incidentsView, servicesView } from './views.js';

export * from './autonomy-commands.js';
export * from './autonomy-events.js';
export * from './healing-commands.js';
export * from './healing-events.js';
export * from './incident-commands.js';
export * from './incident-events.js';
export * from './monitor-commands.js';
export * from './monitor-events.js';
export * from './repair-commands.js';
export * from './repair-events.js';
export * from './runbook-commands.js';
export * from './runbook-events.js';
export * from './target-commands.js';
export * from './target-events.js';
export * from './types.js';
export * from './upgrade-commands.js';
export * from './upgrade-events.js';
export * from './views.js';

export const healerEvents = [
  targetEvents,
  monitorEvents,
  incidentEvents,
  repairEvents,
  runbookEvents,
  autonomyEvents,
  healingEvents,
  upgradeEvents,
];
export const healerCommands = [
  targetCommands,
  monitorCommands,
  incidentCommands,
  repairCommands,
  runbookCommands,
  autonomyCommands,
  healingCommands,
  upgradeCommands,
];
export const healerViews = [servicesView, incidentsView, healingView];
