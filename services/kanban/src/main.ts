import { runService } from '@agencyos/runtime';
import { seedBoards } from './seed.js';
import { kanban } from './service.js';

await runService('kanban', kanban, { configure: (_app, runtime) => seedBoards(runtime) });
