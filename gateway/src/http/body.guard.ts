import { isUtf8 } from 'node:buffer';
import { LIMITS } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { permissionOf } from '@agencyos/runtime';
import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import express, { type Request, type Response } from 'express';
import { parseJson } from './pure/json-body.js';

/** Decoded without a look, other bytes would come out as U+FFFD: another text than was sent. */
const textOf = (limit: number) =>
  express.text({
    type: () => true,
    limit,
    inflate: false,
    defaultCharset: 'utf-8',
    verify: (_request, _response, bytes) => {
      if (!isUtf8(bytes)) throw new Error('not UTF-8');
    },
  });
/** What anybody may send is small: it is read before it is known who sends it. */
const readAnybodys = textOf(LIMITS.publicBodyBytes);
const readCommand = textOf(LIMITS.commandBytes);
const readBytes = express.raw({ type: () => true, limit: LIMITS.contentBytes, inflate: false });

const RAW = 'agencyos:raw-body';
/** The handler reads the body itself. */
export const RawBody = () => SetMetadata(RAW, true);

/**
 * Every body but content is strict JSON of at most one command's size. A guard, and the last one: whoever may not call
 * the handler has nothing of theirs read.
 */
@Injectable()
export class JsonBodyGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http' || Reflect.hasMetadata(RAW, context.getHandler())) return true;
    const request = context.switchToHttp().getRequest<Request>();
    if (request.method === 'GET' || request.method === 'HEAD') return true;
    const isPublic = permissionOf(context.getHandler(), context.getClass()) === 'public';
    request.body = await readJson(request, context.switchToHttp().getResponse<Response>(), isPublic);
    return true;
  }
}

/** @throws Rejection */
async function readJson(request: Request, response: Response, isPublic: boolean): Promise<unknown> {
  if (!hasBody(request)) return {};
  if (!request.is('application/json')) throw new Rejection('unsupported_media_type', { detail: 'Send application/json.' }, 415);
  const [read, limit] = isPublic ? [readAnybodys, LIMITS.publicBodyBytes] : [readCommand, LIMITS.commandBytes];
  const text = await new Promise<unknown>((resolve, reject) => {
    read(request, response, (error: unknown) => {
      if (error) reject(refusalOf(error, limit));
      else resolve(request.body);
    });
  });
  return typeof text === 'string' ? parseJson(text) : {};
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

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function refusalOf(error: unknown, limit: number): Error {
  const status = (error as { status?: number }).status;
  if (status === 413) return new Rejection('too_large', { limit, detail: `The body is larger than ${limit} bytes.` }, 413);
  if (status === 415) return new Rejection('unsupported_media_type', { detail: 'Send it in UTF-8 and uncompressed.' }, 415);
  if ((error as { type?: string }).type === 'entity.verify.failed')
    return new Rejection('malformed_body', { detail: 'The body is not UTF-8.' }, 400);
  return new Rejection('malformed_body', { detail: 'The body could not be read.' }, 400);
}
