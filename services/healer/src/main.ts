import { runService } from '@agencyos/runtime';
import { startHealingWork } from './healing-work.js';
import { healer } from './service.js';
import { HealerCursors1 } from './supervisor/cursors.js';
import { Supervisor } from './supervisor/supervisor.js';

const file = process.env['AGENCYOS_SUPERVISOR_FILE'];
const supervisor = file ? new Supervisor(file) : undefined;

await runService('healer', (runtime) => healer(runtime, supervisor), {
  migrations: [HealerCursors1],
  configure: (_app, runtime) => startHealingWork(runtime, supervisor),
});
