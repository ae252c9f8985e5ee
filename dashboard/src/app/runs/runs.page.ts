import { computed, inject } from '@angular/core';
import { Overview } from '../shell/overview';
import { definePage } from '../shell/page';

export const runsPage = definePage({
  path: 'runs',
  title: 'Runs',
  name: 'runs',
  key: 'r',
  icon: 'runs',
  permission: 'run:read',
  help: 'guide/runs',
  counter: () => {
    const { runsGoing } = inject(Overview);
    return computed(() => ({ look: 'count', figure: runsGoing(), words: 'going' }));
  },
  routes: [
    { path: '', loadComponent: () => import('./runs-page').then((m) => m.RunsPage) },
    {
      path: ':runId',
      title: 'Run',
      loadComponent: () => import('../run/run-page').then((m) => m.RunPage),
    },
  ],
});
