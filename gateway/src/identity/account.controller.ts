import {
  Id,
  NewTokenRequest,
  PasswordChangeRequest,
  WelcomeRequest,
  type Me,
  type SessionList,
  type TokenList,
} from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Commands, Requires } from '@agencyos/runtime';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { callerOf } from '../http/auth.guard.js';
import { parseBody } from '../http/body.js';
import { correlationOf } from '../http/correlation.middleware.js';
import { Accounts } from './accounts.js';
import { Authenticator } from './authenticator.js';
import { type Caller, onBehalfOf } from './caller.js';
import { Invitations } from './invitations.js';
import { LoginThrottle } from './login-throttle.js';
import { checkNewToken } from './new-token.js';
import { PasswordCheck } from './password-check.js';
import { Sessions } from './sessions.js';
import { SignIns } from './sign-ins.js';
import { TokenLists } from './token-lists.js';
import { Tokens } from './tokens.js';

/** One's own access: the password, sessions and tokens. */
@Controller('api/v1')
export class AccountController {
  constructor(
    private readonly accounts: Accounts,
    private readonly invitations: Invitations,
    private readonly signIns: SignIns,
    private readonly throttle: LoginThrottle,
    private readonly passwords: PasswordCheck,
    private readonly sessions: Sessions,
    private readonly authenticator: Authenticator,
    private readonly tokens: Tokens,
    private readonly lists: TokenLists,
    private readonly commands: Commands,
  ) {}

  /** The one-time link of whoever was added: sets their password and signs them in. */
  @Post('welcome')
  @HttpCode(200)
  @Requires('public')
  async welcome(@Body() body: unknown, @Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<Me> {
    const { token, password } = parseBody(WelcomeRequest, body);
    const key = `welcome ${request.ip}`;
    await this.throttle.attempt(key);
    await this.signIns.requireInUse(await this.invitations.ownerOf(token));
    const userId = await this.accounts.welcome(token, password);
    await this.throttle.succeeded(key);
    return this.signIns.signIn(userId, request, response);
  }

  @Post('password')
  @HttpCode(204)
  @Requires('session')
  async changePassword(@Body() body: unknown, @Req() { ip }: Request, @Res({ passthrough: true }) response: Response) {
    const { present, password, endOthers } = parseBody(PasswordChangeRequest, body);
    const { user, sessionId } = personOf(response);
    await this.passwords.verify({ name: user.name, password: present }, ip, correlationOf(response));
    const all = await this.sessions.of(user.userId);
    const kept = endOthers ? [sessionId] : all.map((session) => session.sessionId);
    await this.accounts.changePassword(user.userId, password, kept);
    if (endOthers) await this.sessions.closeOthers(user.userId, sessionId);
    this.authenticator.forget();
  }

  @Get('sessions')
  @Requires('session')
  async listSessions(@Res({ passthrough: true }) response: Response): Promise<SessionList> {
    const { user, sessionId } = personOf(response);
    response.setHeader('Cache-Control', 'no-store');
    const sessions = await this.sessions.of(user.userId);
    return { sessions: sessions.map((session) => ({ ...session, current: session.sessionId === sessionId })) };
  }

  @Delete('sessions/:sessionId')
  @HttpCode(204)
  @Requires('session')
  async endSession(@Param('sessionId') sessionId: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    const { user } = personOf(response);
    if (!Id.safeParse(sessionId).success || !(await this.sessions.closeOf(user.userId, sessionId)))
      throw new Rejection('not_found', { detail: 'There is no such session (any more).' });
    this.authenticator.forget();
  }

  /** All but the one that asks. */
  @Delete('sessions')
  @HttpCode(204)
  @Requires('session')
  async endOthers(@Res({ passthrough: true }) response: Response): Promise<void> {
    const { user, sessionId } = personOf(response);
    await this.sessions.closeOthers(user.userId, sessionId);
    this.authenticator.forget();
  }

  @Get('tokens')
  @Requires('session')
  async listTokens(@Res({ passthrough: true }) response: Response): Promise<TokenList> {
    response.setHeader('Cache-Control', 'no-store');
    return { tokens: await this.lists.of(callerOf(response).principal) };
  }

  /** A token for oneself, with at most one's own rights. Its secret is shown only now. */
  @Post('tokens')
  @HttpCode(201)
  @Requires('session')
  async issueToken(@Body() body: unknown, @Res({ passthrough: true }) response: Response) {
    const { label, permissions, expiresAt } = parseBody(NewTokenRequest, body);
    const caller = callerOf(response);
    if (!caller.user) throw new Rejection('forbidden', { detail: 'Only people make tokens.' });
    checkNewToken(caller, permissions, expiresAt);
    const metadata = onBehalfOf(caller, correlationOf(response));
    response.setHeader('Cache-Control', 'no-store');
    return this.tokens.issue({ label, permissions, principal: caller.principal, ...(expiresAt && { expiresAt }) }, metadata);
  }

  @Delete('tokens/:tokenId')
  @HttpCode(204)
  @Requires('session')
  async revokeToken(@Param('tokenId') tokenId: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.commands.execute(
      'RevokeToken',
      { tokenId },
      { metadata: onBehalfOf(callerOf(response), correlationOf(response)) },
    );
  }
}

/** Somebody who has signed in, here or on a command line: a token that may lie around changes nobody's access. */
function personOf(response: Response): { user: NonNullable<Caller['user']>; sessionId: string } {
  const { user, sessionId } = callerOf(response);
  if (user && sessionId) return { user, sessionId };
  throw new Rejection('forbidden', { detail: 'This is for a person who has signed in, not for a token.' });
}
