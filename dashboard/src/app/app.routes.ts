import type { Routes } from '@angular/router';
import { boardGuard } from './board/board-guard';
import { BoardPage } from './board/board-page';
import { BoardsPage } from './board/boards-page';
import { sessionGuard } from './session/session-guard';
import { Shell } from './shell/shell';

/** What almost everybody sees first comes in one piece; the rest is loaded when it is wanted, or when nothing happens. */
export const routes: Routes = [
  {
    path: 'setup',
    title: 'Set up',
    loadComponent: () => import('./session/setup-page').then((m) => m.SetupPage),
  },
  {
    path: 'login',
    title: 'Log in',
    loadComponent: () => import('./session/login-page').then((m) => m.LoginPage),
  },
  {
    path: 'device',
    title: 'Sign a command line in',
    canActivate: [sessionGuard],
    loadComponent: () => import('./session/device-page').then((m) => m.DevicePage),
  },
  {
    path: '',
    canActivate: [sessionGuard],
    component: Shell,
    children: [
      { path: '', pathMatch: 'full', redirectTo: 'boards' },
      { path: 'boards', title: 'Boards', canActivate: [boardGuard], component: BoardsPage },
      { path: 'boards/:boardId', title: 'Board', component: BoardPage },
      {
        path: 'runs',
        title: 'Runs',
        loadComponent: () => import('./runs/runs-page').then((m) => m.RunsPage),
      },
      {
        path: 'runs/:runId',
        title: 'Run',
        loadComponent: () => import('./run/run-page').then((m) => m.RunPage),
      },
      {
        path: 'inbox',
        title: 'Inbox',
        loadComponent: () => import('./inbox/inbox-page').then((m) => m.InboxPage),
        children: [
          {
            path: ':approvalId',
            title: 'Approval',
            loadComponent: () => import('./inbox/approval-brief').then((m) => m.ApprovalBrief),
          },
        ],
      },
      {
        path: 'operations',
        title: 'Operations',
        loadComponent: () => import('./operations/operations-page').then((m) => m.OperationsPage),
      },
      {
        path: 'agents',
        title: 'Agents',
        loadComponent: () => import('./agents/agents-page').then((m) => m.AgentsPage),
      },
      {
        path: '**',
        title: 'Not found',
        loadComponent: () => import('./shell/not-found-page').then((m) => m.NotFoundPage),
      },
    ],
  },
];
