import { Rejection } from '@agencyos/decider';
import { permissionOf, type Required } from '@agencyos/runtime';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AccessLog } from '../identity/access-log.js';
import { Authenticator } from '../identity/authenticator.js';
import type { Caller } from '../identity/caller.js';
import { LiveSocket } from '../live/live-socket.js';
import { correlationOf } from './correlation.middleware.js';
import { comesFromOurPages, isSafe } from './origins.js';
import { costOf, RateLimits } from './rate-limits.js';
import { SessionCookie } from './session-cookie.js';

/** Default deny: each handler runs only for callers with the permission that it declares. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly cookie: SessionCookie,
    private readonly limits: RateLimits,
    private readonly access: AccessLog,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const required = requiredFor(context);
    if (required === 'public') return true;
    const caller = await this.callerOf(context);
    if (!caller) throw new Rejection('unauthenticated', { detail: 'Sign in first.' });
    if (required === 'session' || required === 'command') return true;
    if (required && required !== 'internal' && caller.permissions.includes(required)) return true;
    throw new Rejection('forbidden', { detail: `This needs ${required}.` });
  }

  private async callerOf(context: ExecutionContext): Promise<Caller | undefined> {
    if (context.getType() === 'ws') return LiveSocket.of(context.switchToWs().getClient())?.caller;
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const caller = await this.authenticate(request);
    response.locals['caller'] = caller;
    if (!caller) return undefined;
    const { tokenId, principal } = caller;
    if (tokenId) this.access.recordToken(tokenId, principal, request.ip ?? '', correlationOf(response));
    this.limits.admit(principal, isSafe(request) ? 'read' : 'write', costOf(context.getHandler()));
    return caller;
  }

  private async authenticate(request: Request): Promise<Caller | undefined> {
    const [scheme, token] = (request.get('authorization') ?? '').split(' ', 2);
    if (scheme) return scheme.toLowerCase() === 'bearer' && token ? this.authenticator.token(token) : undefined;
    const secret = this.cookie.read(request);
    if (!secret) return undefined;
    if (!isSafe(request) && !comesFromOurPages(request)) {
      throw new Rejection('forbidden_origin', { detail: 'The request does not say that it comes from our own pages.' }, 403);
    }
    return this.authenticator.session(secret);
  }
}

/** Told by the handler's metadata alone, never by the path, of which there may be several for one handler. */
function requiredFor(context: ExecutionContext): Exclude<Required, 'figures'> | undefined {
  const declared = permissionOf(context.getHandler(), context.getClass());
  return declared === 'figures' ? 'ops:read' : declared;
}

/** The caller that the guard has let in. */
export const callerOf = (response: Response): Caller => response.locals['caller'] as Caller;
