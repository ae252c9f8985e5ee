export { defaultTiming } from './agent-options.js';
export type {
  AgentKind,
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
export { LINE_CHARACTERS, safeText } from './log-text.js';
export { startAgent, type Agent } from './start-agent.js';
