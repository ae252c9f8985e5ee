import type { CommandSet, EventSet, ViewDefinition } from '../core/define.js';
import { boardCommands } from './board-commands.js';
import { boardEvents } from './board-events.js';
import { boardsView, boardView } from './views.js';

export * from './board-commands.js';
export * from './board-events.js';
export * from './views.js';

export const kanbanEvents: EventSet[] = [boardEvents];
export const kanbanCommands: CommandSet[] = [boardCommands];
export const kanbanViews: ViewDefinition[] = [boardView, boardsView];
