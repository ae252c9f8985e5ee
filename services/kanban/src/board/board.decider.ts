import type { BoardCommand, BoardEvent } from '@agencyos/contracts';
import { type Decider, rejection } from '@agencyos/decider';
import { addCards } from './add-cards.js';
import { type Board, noBoard } from './board.js';
import { archiveCards, assignCard, editCards } from './edit-cards.js';
import { evolveBoard } from './evolve-board.js';
import { declineCardAction, syncCard } from './follow-source.js';
import { changeBoard, setBoardMember } from './members.js';
import { moveCards } from './move-cards.js';
import { addColumn, openBoard } from './open-board.js';

export const boardDecider: Decider<BoardCommand, Board, BoardEvent> = {
  initialState: noBoard,
  decide(command, board) {
    if (command.type === 'OpenBoard') return openBoard(command, board);
    if (!board.opened) throw rejection(command, 'not_found', { detail: 'There is no such board.' });
    switch (command.type) {
      case 'ChangeBoard':
        return changeBoard(command, board);
      case 'SetBoardMember':
        return setBoardMember(command, board);
      case 'AddColumn':
        return addColumn(command, board);
      case 'AddCards':
        return addCards(command, board);
      case 'MoveCards':
        return moveCards(command, board);
      case 'EditCards':
        return editCards(command, board);
      case 'AssignCard':
        return assignCard(command, board);
      case 'ArchiveCards':
        return archiveCards(command, board);
      case 'SyncCard':
        return syncCard(command, board);
      case 'DeclineCardAction':
        return declineCardAction(command, board);
    }
  },
  evolve: evolveBoard,
};
