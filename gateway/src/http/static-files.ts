import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import express, { type Request, type RequestHandler, type Response } from 'express';

/** `main-4FHA2XQZ.js`, `chunk-3-S-Zt-I.js`: the name changes with the content, so a copy is good for ever. */
const HASHED = /-(?=[^./]*[A-Z0-9])[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;
/** What the build has put beside a file, the smallest first. */
const COPIES = { br: '.br', gzip: '.gz' } as const;
export type Coding = keyof typeof COPIES;

/** The files of a folder, each as the smallest copy that the browser takes and the build has made. */
export function staticFiles(folder: string): RequestHandler {
  const files = express.static(folder, {
    index: false,
    redirect: false,
    setHeaders: (response, path) => setFileHeaders(response as Response, path),
  });
  return (request, response, next) => {
    if (isCopy(request.path)) return next();
    const { url } = request;
    response.locals['coding'] = chooseCopy(folder, request);
    files(request, response, (error?: unknown) => {
      request.url = url;
      next(error);
    });
  };
}

const isCopy = (path: string) => Object.values(COPIES).some((ending) => path.endsWith(ending));

function chooseCopy(folder: string, request: Request): Coding | undefined {
  const path = plainPath(request.path);
  const coding = path && codingsOf(request).find((one) => existsSync(join(folder, path + COPIES[one])));
  if (!coding) return undefined;
  request.url = path + COPIES[coding];
  return coding;
}

/** The build names files in plain letters; anything else is left to the file server and its checks. */
const plainPath = (path: string) => (/^(\/[\w-][\w.-]*)+$/.test(path) ? path : undefined);

export const codingsOf = (request: Request): Coding[] =>
  (Object.keys(COPIES) as Coding[]).filter((coding) => request.acceptsEncodings(coding) === coding);

function setFileHeaders(response: Response, path: string): void {
  const coding = response.locals['coding'] as Coding | undefined;
  const file = coding ? path.slice(0, -COPIES[coding].length) : path;
  if (coding) response.setHeader('Content-Encoding', coding).type(extname(file));
  response.vary('Accept-Encoding');
  response.setHeader('Cache-Control', HASHED.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache');
}
