import type { Routes } from '@angular/router';
import { sessionGuard } from './session/session-guard';

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
    loadComponent: () => import('./shell/shell').then((m) => m.Shell),
    children: [
      { path: '', pathMatch: 'full', redirectTo: 'boards' },
      {
        path: 'boards',
        title: 'Boards',
        loadComponent: () => import('./board/boards-page').then((m) => m.BoardsPage),
      },
      {
        path: 'boards/:boardId',
        title: 'Board',
        loadComponent: () => import('./board/board-page').then((m) => m.BoardPage),
      },
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
