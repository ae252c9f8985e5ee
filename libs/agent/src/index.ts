export type { AgentKind } from '@agencyos/contracts';
export { agentConfigOf, AgentEnvironment, parseEnvironment, readAgentConfig, type AgentConfig } from './agent-config.js';
export { defaultTiming } from './agent-options.js';
export type {
  AgentLogger,
  AgentOptions,
  AgentTiming,
  ContentPlace,
  HeldTask,
  StopReason,
  TaskContext,
  TaskHandler,
  TaskOutcome,
} from './agent-options.js';
export { ContentClient, NotReadable, NotStored, type ContentClientSettings } from './content-client.js';
export { LINE_CHARACTERS, safeText } from './pure/log-text.js';
export { runAgent, type AgentParts, type AgentProgram, type AgentWork } from './run-agent.js';
export { startAgent, type RunningAgent } from './start-agent.js';
