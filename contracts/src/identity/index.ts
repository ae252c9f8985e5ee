import { directoryCommands } from './directory-commands.js';
import { directoryEvents } from './directory-events.js';
import { tokenCommands } from './token-commands.js';
import { tokenEvents } from './token-events.js';
import { directoryView } from './views.js';

export * from './directory-commands.js';
export * from './directory-events.js';
export * from './token-commands.js';
export * from './token-events.js';
export * from './views.js';

export const identityEvents = [directoryEvents, tokenEvents];
export const identityCommands = [directoryCommands, tokenCommands];
export const identityViews = [directoryView];
