import { computed, inject } from '@angular/core';
import { Overview } from '../shell/overview';
import { definePage } from '../shell/page';

export const agentsPage = definePage({
  path: 'agents',
  title: 'Agents',
  name: 'agents',
  key: 'a',
  icon: 'agents',
  permission: 'run:read',
  help: 'guide/agents',
  counter: () => {
    const { agents } = inject(Overview);
    return computed(() => ({ look: 'count', figure: agents().length }));
  },
  routes: [{ path: '', loadComponent: () => import('./agents-page').then((m) => m.AgentsPage) }],
});
