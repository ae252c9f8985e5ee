import { computed, inject } from '@angular/core';
import { Overview } from '../shell/overview';
import { definePage } from '../shell/page';

export const inboxPage = definePage({
  path: 'inbox',
  title: 'Inbox',
  name: 'the inbox',
  key: 'i',
  icon: 'inbox',
  permission: 'approval:read',
  help: 'guide/inbox',
  counter: () => {
    const { waiting } = inject(Overview);
    return computed(() => ({ look: 'badge', figure: waiting(), words: 'waiting' }));
  },
  routes: [
    {
      path: '',
      loadComponent: () => import('./inbox-page').then((m) => m.InboxPage),
      children: [
        {
          path: ':approvalId',
          title: 'Approval',
          loadComponent: () => import('./approval-brief').then((m) => m.ApprovalBrief),
        },
      ],
    },
  ],
});
