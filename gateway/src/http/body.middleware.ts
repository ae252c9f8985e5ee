import { LIMITS } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import express, { type NextFunction, type Request, type Response } from 'express';
import { parseJson } from './json-body.js';

const readText = express.text({
  type: () => true,
  limit: LIMITS.commandBytes,
  inflate: false,
  defaultCharset: 'utf-8',
});
const readBytes = express.raw({ type: () => true, limit: LIMITS.contentBytes, inflate: false });

/** Every body but content is strict JSON of at most one command's size. */
export function jsonMiddleware(request: Request, response: Response, next: NextFunction): void {
  if (request.method === 'GET' || request.method === 'HEAD' || isContent(request)) return next();
  if (hasBody(request) && !request.is('application/json')) {
    return next(new Rejection('unsupported_media_type', { detail: 'Send application/json.' }, 415));
  }
  readText(request, response, (error: unknown) => {
    if (error) return next(refusalOf(error, LIMITS.commandBytes));
    try {
      request.body = typeof request.body === 'string' ? parseJson(request.body) : {};
      next();
    } catch (refusal) {
      next(refusal);
    }
  });
}

/** The bytes of a content upload; read only after the caller is known. @throws Rejection */
export function readContent(request: Request, response: Response): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    readBytes(request, response, (error: unknown) => {
      if (error) return reject(refusalOf(error, LIMITS.contentBytes));
      resolve(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
    });
  });
}

const isContent = ({ method, path }: Request): boolean =>
  method === 'PUT' && path.startsWith('/api/v1/content/');

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function refusalOf(error: unknown, limit: number): Error {
  const status = (error as { status?: number }).status;
  if (status === 413)
    return new Rejection('too_large', { limit, detail: `The body is larger than ${limit} bytes.` }, 413);
  if (status === 415)
    return new Rejection('unsupported_media_type', { detail: 'Send it in UTF-8 and uncompressed.' }, 415);
  return new Rejection('malformed_body', { detail: 'The body could not be read.' }, 400);
}
