import { computed, inject } from '@angular/core';
import { Overview } from '../shell/overview';
import { definePage } from '../shell/page';
import { boardGuard } from './board-guard';
import { BoardPage } from './board-page';
import { BoardsPage } from './boards-page';

/** What almost everybody sees first comes in one piece with the program. */
export const boardsPage = definePage({
  path: 'boards',
  title: 'Boards',
  phoneTitle: 'Board',
  name: 'the board',
  key: 'b',
  icon: 'board',
  permission: 'board:read',
  help: 'guide/boards',
  items: {
    another: 'another board',
    list: () => {
      const { boards } = inject(Overview);
      return computed(() => boards().map(({ boardId, name, key }) => ({ id: boardId, name, note: key })));
    },
  },
  routes: [
    { path: '', pathMatch: 'full', canActivate: [boardGuard], component: BoardsPage },
    { path: ':boardId', title: 'Board', component: BoardPage },
  ],
});
