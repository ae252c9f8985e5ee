import { provideBrowserGlobalErrorListeners, type ApplicationConfig } from '@angular/core';
import { APP_BASE_HREF } from '@angular/common';
import {
  TitleStrategy,
  provideRouter,
  withComponentInputBinding,
  withNavigationErrorHandler,
} from '@angular/router';
import { routes } from './app.routes';
import { PageTitle } from './shell/page-title';
import { reloadOnce } from './shell/reload-once';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideRouter(
      routes,
      withComponentInputBinding(),
      withNavigationErrorHandler(({ error, url }) => reloadOnce(error, url)),
    ),
    // The page has no <base> element: the content security policy forbids it.
    { provide: APP_BASE_HREF, useValue: '/' },
    { provide: TitleStrategy, useClass: PageTitle },
  ],
};
