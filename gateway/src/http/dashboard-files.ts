import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { isOurs } from './our-paths.js';

/** `main-4FHA2XQZ.js`, `chunk-3-S-Zt-I.js`: the name changes with the content, so a copy is good for ever. */
const HASHED = /-(?=[^./]*[A-Z0-9])[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;

/** The built dashboard: its files, and its one page for every address that is a page of it. */
export function dashboardFiles(folder: string): RequestHandler[] {
  const files = express.static(folder, {
    index: false,
    redirect: false,
    setHeaders: (response, path) => {
      response.setHeader(
        'Cache-Control',
        HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
    },
  });
  const page = pageOf(join(folder, 'index.html'));
  return [
    (request, response, next) =>
      isOurs(request) || request.path === '/index.html' ? next() : files(request, response, next),
    (request, response, next) => (isPage(request) ? void page(response, next) : next()),
  ];
}

function isPage(request: Request): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const last = request.path.split('/').at(-1)!;
  return (
    !isOurs(request) &&
    Boolean(request.accepts('html')) &&
    (!last.includes('.') || request.path === '/index.html')
  );
}

/** Carries the response's nonce in place of `CSP_NONCE`, hence never cached. */
function pageOf(file: string) {
  let cached: { text: string; changedMs: number } | undefined;
  return async (response: Response, next: NextFunction): Promise<void> => {
    try {
      const { mtimeMs } = await stat(file);
      if (cached?.changedMs !== mtimeMs) cached = { text: await readFile(file, 'utf8'), changedMs: mtimeMs };
    } catch {
      return next();
    }
    response.setHeader('Cache-Control', 'no-store');
    response.type('html').send(cached.text.replaceAll('CSP_NONCE', response.locals['nonce'] as string));
  };
}
