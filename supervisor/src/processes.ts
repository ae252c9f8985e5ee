/** The processes of an installation, for those who start them in another way than `npm start` does. */
export { builtInAgents, productProcesses, serviceProgram } from './process-table.js';
export type { ProcessSpec } from './process-spec.js';
export { prepareServers } from './servers.js';
