import type { Routes } from '@angular/router';
import { sessionGuard } from './session/session-guard';
import type { Pages } from './shell/page';
import { Shell } from './shell/shell';

/** The doors, and behind them the pages; what is not in the first piece is loaded when it is wanted, or when nothing happens. */
export const routesOf = (pages: Pages): Routes => [
  {
    path: 'setup',
    title: 'Set up',
    loadComponent: () => import('./session/setup-page').then((m) => m.SetupPage),
  },
  {
    path: 'welcome',
    title: 'Welcome',
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
      { path: '', pathMatch: 'full', redirectTo: pages[0].path },
      ...pages.map(({ route }) => route),
      {
        path: 'account',
        title: 'Account',
        loadComponent: () => import('./account/account-page').then((m) => m.AccountPage),
      },
      {
        path: '**',
        title: 'Not found',
        loadComponent: () => import('./shell/not-found-page').then((m) => m.NotFoundPage),
      },
    ],
  },
];
