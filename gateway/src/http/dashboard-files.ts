import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { isOurs } from './our-paths.js';
import { codingsOf, type Coding, staticFiles } from './static-files.js';

/** The built dashboard: its files, and its one page for every address that is a page of it. */
export function dashboardFiles(folder: string): RequestHandler[] {
  const files = staticFiles(folder);
  const page = pageOf(join(folder, 'index.html'));
  return [
    (request, response, next) => (isOurs(request) || request.path === '/index.html' ? next() : files(request, response, next)),
    (request, response, next) => (isPage(request) ? void page(request, response, next) : next()),
  ];
}

function isPage(request: Request): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const last = request.path.split('/').at(-1)!;
  return !isOurs(request) && Boolean(request.accepts('html')) && (!last.includes('.') || request.path === '/index.html');
}

/** Carries the response's nonce in place of `CSP_NONCE`, hence never cached, and compressed as it goes. */
function pageOf(file: string) {
  let cached: { text: string; changedMs: number } | undefined;
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    try {
      const { mtimeMs } = await stat(file);
      if (cached?.changedMs !== mtimeMs) cached = { text: await readFile(file, 'utf8'), changedMs: mtimeMs };
    } catch {
      return next();
    }
    const text = cached.text.replaceAll('CSP_NONCE', response.locals['nonce'] as string);
    response.setHeader('Cache-Control', 'no-store').vary('Accept-Encoding').type('html');
    const [coding] = codingsOf(request);
    if (coding) response.setHeader('Content-Encoding', coding);
    response.send(coding ? await COMPRESS[coding](text) : text);
  };
}

/** Quick rather than small: it is done for every visit. */
const COMPRESS: Record<Coding, (text: string) => Promise<Buffer>> = {
  br: (text) => promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (text) => promisify(gzip)(text),
};
