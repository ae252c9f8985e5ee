import { inject } from '@angular/core';
import { Router, type CanActivateFn } from '@angular/router';
import { LiveClient } from '../live/live-client';
import { boardToOpen } from './board-to-open';

/** `/boards` leads on to a board, at once where the boards are known or can be read. */
export const boardGuard: CanActivateFn = async () => {
  const [client, router] = [inject(LiveClient), inject(Router)];
  const view = await client.look('boards', 'all');
  const board = boardToOpen(view.list('board'));
  return board ? router.createUrlTree(['/boards', board.boardId]) : true;
};
