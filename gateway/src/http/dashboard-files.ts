import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { isOurs } from './our-paths.js';

/** `main-4FHA2XQZ.js`, `chunk-3-S-Zt-I.js`: the name changes with the content, so a copy is good for ever. */
const HASHED = /-(?=[^./]*[A-Z0-9])[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;
/** What the build has put beside a file, the smallest first. */
const COPIES = { br: '.br', gzip: '.gz' } as const;
type Coding = keyof typeof COPIES;

/** The built dashboard: its files, and its one page for every address that is a page of it. */
export function dashboardFiles(folder: string): RequestHandler[] {
  const files = express.static(folder, {
    index: false,
    redirect: false,
    setHeaders: (response, path) => setFileHeaders(response as Response, path),
  });
  const page = pageOf(join(folder, 'index.html'));
  return [
    (request, response, next) => {
      if (isOurs(request) || request.path === '/index.html' || isCopy(request.path)) return next();
      const { url } = request;
      response.locals['coding'] = chooseCopy(folder, request);
      files(request, response, (error?: unknown) => {
        request.url = url;
        next(error);
      });
    },
    (request, response, next) => (isPage(request) ? void page(request, response, next) : next()),
  ];
}

const isCopy = (path: string) => Object.values(COPIES).some((ending) => path.endsWith(ending));

/** Asks for the smallest copy that the browser takes and the build has made. */
function chooseCopy(folder: string, request: Request): Coding | undefined {
  const path = plainPath(request.path);
  const coding = path && codingsOf(request).find((one) => existsSync(join(folder, path + COPIES[one])));
  if (!coding) return undefined;
  request.url = path + COPIES[coding];
  return coding;
}

/** The build names files in plain letters; anything else is left to the file server and its checks. */
const plainPath = (path: string) => (/^(\/[\w-][\w.-]*)+$/.test(path) ? path : undefined);

const codingsOf = (request: Request): Coding[] =>
  (Object.keys(COPIES) as Coding[]).filter((coding) => request.acceptsEncodings(coding) === coding);

function setFileHeaders(response: Response, path: string): void {
  const coding = response.locals['coding'] as Coding | undefined;
  const file = coding ? path.slice(0, -COPIES[coding].length) : path;
  if (coding) response.setHeader('Content-Encoding', coding).type(extname(file));
  response.vary('Accept-Encoding');
  response.setHeader('Cache-Control', HASHED.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache');
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
