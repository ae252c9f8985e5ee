import { inject } from '@angular/core';
import { Router, type CanActivateFn } from '@angular/router';
import { Session } from './session';

/** Pages behind the login; remembers where the visitor wanted to go. */
export const sessionGuard: CanActivateFn = async (_route, { url }) => {
  const session = inject(Session);
  const router = inject(Router);
  return (
    (await session.resume()) ||
    router.createUrlTree(['/login'], { queryParams: url === '/' ? {} : { next: url } })
  );
};
