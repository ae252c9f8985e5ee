import { runService } from '@agencyos/runtime';
import { admitBuiltInAgents } from './agent/built-in-agents.js';
import { options } from './options.js';
import { swarm } from './service.js';

await runService('swarm', swarm, { ...options, configure: (_app, { commands }) => admitBuiltInAgents(commands) });
