import { inject, provideBrowserGlobalErrorListeners, type ApplicationConfig } from '@angular/core';
import { APP_BASE_HREF } from '@angular/common';
import {
  TitleStrategy,
  provideRouter,
  withComponentInputBinding,
  withNavigationErrorHandler,
  withPreloading,
  withRouterConfig,
} from '@angular/router';
import { routesOf } from './app.routes';
import { pages } from './pages';
import { MissingPart } from './shell/missing-part';
import { PAGES } from './shell/page';
import { PageTitle } from './shell/page-title';
import { PreloadWhenIdle } from './shell/preload-when-idle';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideRouter(
      routesOf(pages),
      withComponentInputBinding(),
      withNavigationErrorHandler(({ error, url }) => void inject(MissingPart).failed(error, url)),
      // The handler has the last word on a navigation that failed: it is no fault of the page as well.
      withRouterConfig({ resolveNavigationPromiseOnError: true }),
      withPreloading(PreloadWhenIdle),
    ),
    { provide: PAGES, useValue: pages },
    // The page has no <base> element: the content security policy forbids it.
    { provide: APP_BASE_HREF, useValue: '/' },
    { provide: TitleStrategy, useClass: PageTitle },
  ],
};
