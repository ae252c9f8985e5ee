import { definePage } from '../shell/page';

export const peoplePage = definePage({
  path: 'people',
  title: 'People',
  name: 'people',
  key: 'p',
  icon: 'user',
  permission: 'identity:admin',
  help: 'guide/people',
  routes: [{ path: '', loadComponent: () => import('./people-page').then((m) => m.PeoplePage) }],
});
