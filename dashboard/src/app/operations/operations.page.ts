import { computed, inject } from '@angular/core';
import { Overview } from '../shell/overview';
import { definePage } from '../shell/page';

export const operationsPage = definePage({
  path: 'operations',
  title: 'Operations',
  name: 'operations',
  key: 'o',
  icon: 'ops',
  permission: 'ops:read',
  help: 'guide/operations',
  counter: () => {
    const { trouble } = inject(Overview);
    return computed(() => ({ look: 'glyph', state: trouble() }));
  },
  routes: [{ path: '', loadComponent: () => import('./operations-page').then((m) => m.OperationsPage) }],
});
