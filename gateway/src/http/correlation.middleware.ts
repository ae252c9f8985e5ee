import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

/** Letters that are safe in a header, a log line and a subject. */
const ACCEPTED = /^[A-Za-z0-9._-]{1,100}$/;

/** Every request has a correlation id: the caller's, or a new one; it comes back in the answer. */
export function correlationMiddleware(request: Request, response: Response, next: NextFunction): void {
  const offered = request.get('x-correlation-id');
  const correlationId = offered && ACCEPTED.test(offered) ? offered : randomUUID();
  response.locals['correlationId'] = correlationId;
  response.setHeader('X-Correlation-Id', correlationId);
  next();
}

export const correlationOf = (response: Response): string => response.locals['correlationId'] as string;
