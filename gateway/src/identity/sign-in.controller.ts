import { ids, LoginRequest, LogoutRequest, SetupRequest, type Me } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Commands, Requires, RuntimeConfig } from '@agencyos/runtime';
import { Body, Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { SetupUrlFile } from '../provisioning/setup-url-file.js';
import { callerOf } from '../http/auth.guard.js';
import { parseBody } from '../http/body.js';
import { correlationOf } from '../http/correlation.middleware.js';
import { SessionCookie } from '../http/session-cookie.js';
import { ServicesLink } from '../operations/services-link.js';
import { Accounts } from './accounts.js';
import { Authenticator } from './authenticator.js';
import { onBehalfOf } from './caller.js';
import { LoginThrottle } from './login-throttle.js';
import { PasswordCheck } from './password-check.js';
import { Sessions } from './sessions.js';
import { SignIns } from './sign-ins.js';
import { Tickets } from './tickets.js';

/** The first password, signing in and out, and who one is. */
@Controller('api/v1')
export class SignInController {
  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly tickets: Tickets,
    private readonly signIns: SignIns,
    private readonly authenticator: Authenticator,
    private readonly throttle: LoginThrottle,
    private readonly passwords: PasswordCheck,
    private readonly cookie: SessionCookie,
    private readonly commands: Commands,
    private readonly config: RuntimeConfig,
    private readonly setupUrl: SetupUrlFile,
    private readonly link: ServicesLink,
  ) {}

  /** The one-time link of the first start: sets the owner's password and signs them in. */
  @Post('setup')
  @HttpCode(200)
  @Requires('public')
  async setUp(@Body() body: unknown, @Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<Me> {
    const { token, password } = parseBody(SetupRequest, body);
    const key = `setup ${request.ip}`;
    await this.throttle.attempt(key);
    const userId = ids.seed(this.config.installationId, 'owner');
    await this.accounts.setUp(token, userId, password);
    await this.throttle.succeeded(key);
    await this.setupUrl.remove();
    return this.signIns.signIn(userId, request, response);
  }

  @Post('login')
  @HttpCode(200)
  @Requires('public')
  async login(@Body() body: unknown, @Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<Me> {
    const { userId } = await this.passwords.verify(parseBody(LoginRequest, body), request.ip, correlationOf(response));
    return this.signIns.signIn(userId, request, response);
  }

  @Post('logout')
  @HttpCode(204)
  @Requires('session')
  async logout(@Body() body: unknown, @Res({ passthrough: true }) response: Response): Promise<void> {
    const { everywhere } = parseBody(LogoutRequest, body);
    const caller = callerOf(response);
    const { user, sessionId } = caller;
    if (sessionId) await this.sessions.closeById(sessionId);
    if (everywhere && user) {
      const metadata = onBehalfOf(caller, correlationOf(response));
      await this.commands.execute('RevokeSessions', { userId: user.userId }, { metadata });
    }
    this.authenticator.forget();
    this.cookie.clear(response);
  }

  @Get('me')
  @Requires('session')
  me(@Res({ passthrough: true }) response: Response): Me {
    response.setHeader('Cache-Control', 'no-store');
    return this.signIns.describe(callerOf(response));
  }

  @Post('ticket')
  @HttpCode(200)
  @Requires('session')
  async ticket(@Res({ passthrough: true }) response: Response): Promise<{ ticket: string }> {
    if (this.link.cutOff) throw new Rejection('busy', { detail: 'Cut off from the services.', retryAfterMs: 1_000 });
    return { ticket: await this.tickets.issue(callerOf(response)) };
  }
}
