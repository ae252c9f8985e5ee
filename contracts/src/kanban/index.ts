import { boardCommands } from './board-commands.js';
import { boardEvents } from './board-events.js';
import { boardsView, boardView } from './views.js';

export * from './board-commands.js';
export * from './board-events.js';
export * from './types.js';
export * from './views.js';

export const kanbanEvents = [boardEvents];
export const kanbanCommands = [boardCommands];
export const kanbanViews = [boardView, boardsView];
