import { extname } from 'node:path';
import type { RequestHandler } from 'express';
import { staticFiles } from './static-files.js';

/** Below it the built documentation is shown to everybody, signed in or not. */
const DOCS = /^\/docs(\/|$)/;

/** `/docs/backup` is the file `backup.html`; what is not there has a page that says so. */
export function docsFiles(folder: string): RequestHandler[] {
  const files = staticFiles(folder);
  const answer = (file: (path: string) => string, status?: number): RequestHandler => {
    return (request, response, next) => {
      if (!DOCS.test(request.path) || !['GET', 'HEAD'].includes(request.method)) return next();
      const { url } = request;
      request.url = file(request.path.slice('/docs'.length));
      if (status) response.status(status);
      files(request, response, (error?: unknown) => {
        request.url = url;
        if (status) response.status(200);
        next(error);
      });
    };
  };
  return [answer(fileOf), answer(() => '/404.html', 404)];
}

function fileOf(path: string): string {
  const page = path.replace(/\/$/, '') || '/index';
  return extname(page) ? page : `${page}.html`;
}
