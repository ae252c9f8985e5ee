import type { Me } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { RuntimeConfig } from '@agencyos/runtime';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { SessionCookie } from '../http/session-cookie.js';
import { Authenticator } from './authenticator.js';
import type { Caller } from './caller.js';
import { DirectoryReader } from './directory-reader.js';
import { originOf, SESSION_DAYS, Sessions } from './sessions.js';

/** What every way of signing in ends with: a session in a cookie, and who one is. */
@Injectable()
export class SignIns {
  constructor(
    private readonly sessions: Sessions,
    private readonly directory: DirectoryReader,
    private readonly authenticator: Authenticator,
    private readonly cookie: SessionCookie,
    private readonly config: RuntimeConfig,
  ) {}

  /** Always a new session: what a cookie held before signing in is worth nothing afterwards. */
  async signIn(userId: string, request: Request, response: Response): Promise<Me> {
    await this.requireInUse(userId);
    const before = this.cookie.read(request);
    if (before) await this.sessions.close(before);
    const secret = await this.sessions.open(userId, originOf(request));
    this.authenticator.forget();
    this.cookie.set(response, secret, SESSION_DAYS);
    response.setHeader('Cache-Control', 'no-store');
    const caller = await this.authenticator.session(secret);
    if (!caller) throw new Rejection('unauthenticated');
    return this.describe(caller);
  }

  /** @throws Rejection */
  async requireInUse(userId: string): Promise<void> {
    const user = await this.directory.user(userId);
    if (!user || user.disabled) throw new Rejection('unauthenticated', { detail: 'This account is not in use.' });
  }

  describe({ principal, user, permissions }: Caller): Me {
    return {
      principal,
      ...(user && { user }),
      permissions: [...permissions],
      installationId: this.config.installationId,
    };
  }
}
