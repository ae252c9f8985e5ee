import type { BoardEvent } from '@agencyos/contracts';
import type { Board } from './board.js';
import { evolveBoard } from './evolve-board.js';

/** The board as it becomes while a command is decided: each event counts for the next card's rank, number and limit. */
export class Draft {
  readonly events: BoardEvent[] = [];
  constructor(public board: Board) {}

  record(event: BoardEvent): void {
    this.events.push(event);
    this.board = evolveBoard(this.board, event, { revision: -1 });
  }
}
