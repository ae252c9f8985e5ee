import type { BoardCommand, BoardEvent } from '@agencyos/contracts';
import { type Decider, Rejection } from '@agencyos/decider';
import { addCards } from './add-cards.js';
import { type Board, noBoard } from './board.js';
import { archiveCards, assignCard, editCards } from './edit-cards.js';
import type { Of } from './command.js';
import { evolveBoard } from './evolve-board.js';
import { declineCardAction, syncCard } from './follow-source.js';
import { moveCards } from './move-cards.js';
import { addColumn, openBoard } from './open-board.js';

export const boardDecider: Decider<BoardCommand, Board, BoardEvent> = {
  initialState: noBoard,
  decide(command, board) {
    if (command.type === 'OpenBoard') return openBoard(command as Of<'OpenBoard'>, board);
    if (!board.opened) throw new Rejection('not_found', { detail: 'There is no such board.' });
    switch (command.type) {
      case 'AddColumn':
        return addColumn(command as Of<'AddColumn'>, board);
      case 'AddCards':
        return addCards(command as Of<'AddCards'>, board);
      case 'MoveCards':
        return moveCards(command as Of<'MoveCards'>, board);
      case 'EditCards':
        return editCards(command as Of<'EditCards'>, board);
      case 'AssignCard':
        return assignCard(command as Of<'AssignCard'>, board);
      case 'ArchiveCards':
        return archiveCards(command as Of<'ArchiveCards'>, board);
      case 'SyncCard':
        return syncCard(command as Of<'SyncCard'>, board);
      case 'DeclineCardAction':
        return declineCardAction(command as Of<'DeclineCardAction'>, board);
    }
  },
  evolve: evolveBoard,
};
