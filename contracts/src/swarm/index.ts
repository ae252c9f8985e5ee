import { agentCommands } from './agent-commands.js';
import { agentEvents } from './agent-events.js';
import { runCommands } from './run-commands.js';
import { runEvents } from './run-events.js';
import { workflowCommands } from './workflow-commands.js';
import { workflowEvents } from './workflow-events.js';

export * from './agent-commands.js';
export * from './agent-events.js';
export { InstanceId, LimitedUsage } from './command-fields.js';
export * from './run-commands.js';
export * from './gate-refusal.js';
export * from './run-events.js';
export * from './types.js';
export * from './workflow-commands.js';
export * from './workflow-events.js';
export { durationMs, GateNodeForm, ParallelNodeForm, SequenceNodeForm, TaskNodeForm, WORKFLOW_LIMITS } from './nodes/index.js';
export * from './workflow-file.js';
export * from './worker-protocol.js';
export * from './views.js';

export const swarmEvents = [workflowEvents, agentEvents, runEvents];
export const swarmCommands = [workflowCommands, agentCommands, runCommands];
