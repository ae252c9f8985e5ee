import { startOfText, type Problem } from '@agencyos/contracts';
import { isRejection, Rejection } from '@agencyos/decider';
import { describeError, Logger, problemOf } from '@agencyos/runtime';
import { Catch, HttpException, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AccessLog } from '../identity/access-log.js';
import type { Caller } from '../identity/caller.js';
import { LiveSocket } from '../live/live-socket.js';
import { correlationOf } from './correlation.middleware.js';

/**
 * Every refusal and fault → RFC 9457 problem document, or an `error` frame on a WebSocket. Faults tell nothing about
 * our inside.
 */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly access: AccessLog,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() === 'ws') this.answerSocket(error, host);
    else this.answerRequest(error, host);
  }

  private answerSocket(error: unknown, host: ArgumentsHost): void {
    const ws = host.switchToWs();
    const refusal = refusalOf(error);
    if (!isRejection(refusal)) this.logger.error({ event: ws.getPattern(), error: describeError(error) }, 'frame failed');
    const { code, detail = code } = problemOf(refusal);
    const { kind, id, window } = ws.getData<Partial<Record<'kind' | 'id' | 'window', unknown>> | null>() ?? {};
    LiveSocket.of(ws.getClient())?.error({
      code,
      detail,
      ...(typeof kind === 'string' && { kind: startOfText(kind, 200) }),
      ...(typeof id === 'string' && { id: startOfText(id, 200) }),
      ...(typeof window === 'string' && { window: startOfText(window, 200) }),
    });
  }

  private answerRequest(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    const correlationId = correlationOf(response);
    const refusal = refusalOf(error);
    if (!isRejection(refusal)) {
      const { method, path } = http.getRequest<Request>();
      this.logger.error({ method, path, correlationId, error: describeError(error) }, 'request failed');
    }
    const problem = problemOf(refusal, correlationId);
    this.note(problem, http.getRequest<Request>(), response);
    sendProblem(response, problem);
  }

  /** Who was not let in, and where. A command that its service refuses has a row there. */
  private note({ status, code }: Problem, { method, path, ip = '' }: Request, response: Response): void {
    if (status !== 401 && status !== 403 && status !== 429) return;
    const caller = response.locals['caller'] as Caller | undefined;
    this.access.record({
      ...{ actor: caller?.principal ?? 'unknown', what: 'refused', outcome: code, address: ip },
      ...{ subject: `${method} ${path}`, correlationId: correlationOf(response) },
    });
  }
}

export function sendProblem(response: Response, problem: Problem): void {
  if (response.headersSent) return void response.destroy();
  const { retryAfterMs } = problem as { retryAfterMs?: unknown };
  if (typeof retryAfterMs === 'number') response.setHeader('Retry-After', String(Math.ceil(retryAfterMs / 1_000)));
  else if (problem.status === 503) response.setHeader('Retry-After', '1');
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  response.setHeader('Cache-Control', 'no-store');
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** Statements cut off by PostgreSQL and broken connections: the same request may be sent again. */
const DATABASE_AWAY = /^(08|53|57)/;
const CONNECTION_ERRORS = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

function refusalOf(error: unknown): unknown {
  if (isRejection(error)) return error;
  if (error instanceof HttpException) {
    const status = error.getStatus();
    if (status === 404) return new Rejection('not_found', { detail: 'There is nothing at this address.' });
    return new Rejection(status === 405 ? 'method_not_allowed' : 'bad_request', {}, status);
  }
  if (error instanceof URIError) return new Rejection('malformed_address', { detail: 'The address is not valid.' }, 400);
  const { code, message } = error as { code?: unknown; message?: unknown };
  const away =
    (typeof code === 'string' && (CONNECTION_ERRORS.has(code) || (code.length === 5 && DATABASE_AWAY.test(code)))) ||
    (typeof message === 'string' && /connection terminated|timeout exceeded when trying to connect/i.test(message));
  return away ? new Rejection('busy', { detail: 'The database does not answer right now.', retryAfterMs: 1_000 }) : error;
}
