import { boardCommands, boardEvents } from '@agencyos/contracts';
import type { RuntimeCore, ServiceDefinition } from '@agencyos/runtime';
import { boardDecider } from './board/board.decider.js';
import { boardMirror } from './reactions/board-mirror.reactions.js';
import { cardActs } from './reactions/card-acts.reactions.js';
import { operationsBoardId } from './seed.js';
import { boardProjection } from './views/board.projection.js';

/** Boards that people and agents share; the work of swarm and healer moves the cards. */
export const kanban = ({ config }: RuntimeCore): ServiceDefinition => ({
  name: 'kanban',
  aggregates: [{ category: 'board', commands: boardCommands, events: boardEvents, decider: boardDecider }],
  projections: [boardProjection],
  reactions: [boardMirror(operationsBoardId(config.installationId)), cardActs],
});
