import { boardCommands, boardEvents, type BoardCommand, type BoardEvent } from '@agencyos/contracts';
import type { Aggregate, RuntimeCore, ServiceDefinition } from '@agencyos/runtime';
import type { Board } from './board/board.js';
import { boardDecider } from './board/board.decider.js';
import { boardMirror } from './reactions/board-mirror.reactions.js';
import { cardActs } from './reactions/card-acts.reactions.js';
import { operationsBoardId } from './seed.js';
import { snapshotKeys } from './snapshot-keys.js';
import { boardProjection } from './views/board.view.js';

const boards: Aggregate<BoardCommand, Board, BoardEvent> = {
  category: 'board',
  commands: boardCommands,
  events: boardEvents,
  decider: boardDecider,
  snapshots: { key: snapshotKeys.board, keepEvery: 2_000 },
};

/** Boards that people and agents share; the work of swarm and healer moves the cards. */
export const kanban = ({ config }: RuntimeCore): ServiceDefinition => ({
  name: 'kanban',
  aggregates: [boards],
  projections: [boardProjection],
  reactions: [boardMirror(operationsBoardId(config.installationId)), cardActs],
});
