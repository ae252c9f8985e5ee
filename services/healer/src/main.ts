import { runService } from '@agencyos/runtime';
import { startHealingWork } from './healing-work.js';
import { healer } from './service.js';
import { HealerCursors1 } from './supervisor/cursors.js';
import { SupervisorClient } from './supervisor/supervisor-client.js';

const file = process.env['AGENCYOS_SUPERVISOR_FILE'];
const supervisor = file ? new SupervisorClient(file) : undefined;

await runService('healer', (runtime) => healer(runtime, supervisor), {
  migrations: [HealerCursors1],
  configure: (_app, runtime) => startHealingWork(runtime, supervisor),
});
