export { commandHandler, type CommandHandlerSettings } from './command-handler.js';
export { GroupGuard } from './group-guard.js';
export { Profiles } from './isolation/profiles.js';
export type { CommandEnd, GroupWatch } from './run-command.js';
