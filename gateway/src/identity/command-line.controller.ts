import {
  DeviceAnswerRequest,
  DeviceCode,
  DeviceTokenRequest,
  LoginRequest,
  type LoginToken,
  type NewDevice,
  type WaitingDevice,
} from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Requires } from '@agencyos/runtime';
import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { callerOf } from '../http/auth.guard.js';
import { correlationOf } from '../http/correlation.middleware.js';
import { parseBody } from '../http/body.js';
import { Accounts } from './accounts.js';
import { isBrowserOf } from './caller.js';
import { DeviceLogins } from './device-logins.js';
import { PasswordCheck } from './password-check.js';
import { originOf, Sessions } from './sessions.js';
import { SignIns } from './sign-ins.js';

const POLL_MS = 2_000;

/** A person's own rights for their command line, for a quarter of an hour: by password, or by a code confirmed in the dashboard. */
@Controller('api/v1')
export class CommandLineController {
  constructor(
    private readonly passwords: PasswordCheck,
    private readonly devices: DeviceLogins,
    private readonly sessions: Sessions,
    private readonly accounts: Accounts,
    private readonly signIns: SignIns,
  ) {}

  @Post('login/token')
  @HttpCode(200)
  @Requires('public')
  async logIn(
    @Body() body: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<LoginToken> {
    const { userId } = await this.passwords.verify(parseBody(LoginRequest, body), request.ip, correlationOf(response));
    return this.tokenFor(userId, request, response);
  }

  @Post('device')
  @HttpCode(201)
  @Requires('public')
  async askForCode(@Req() { ip = '' }: Request, @Res({ passthrough: true }) response: Response): Promise<NewDevice> {
    response.setHeader('Cache-Control', 'no-store');
    return this.devices.ask(ip);
  }

  @Get('device/:code')
  @Requires('session')
  waiting(@Param('code') code: string, @Res({ passthrough: true }) response: Response): Promise<WaitingDevice> {
    browserOf(response);
    if (!DeviceCode.safeParse(code).success)
      throw new Rejection('malformed_id', { field: 'code', detail: 'A code looks like BCDF-GHJK.' }, 400);
    response.setHeader('Cache-Control', 'no-store');
    return this.devices.waiting(code);
  }

  @Post('device/answer')
  @HttpCode(204)
  @Requires('session')
  async answer(@Body() body: unknown, @Res({ passthrough: true }) response: Response): Promise<void> {
    const userId = browserOf(response);
    const { code, confirm } = parseBody(DeviceAnswerRequest, body);
    await this.devices.answer(code, userId, confirm);
  }

  /** Asked again and again by the command line: 409 `pending` until the code is confirmed. */
  @Post('device/token')
  @HttpCode(200)
  @Requires('public')
  async tokenOfDevice(
    @Body() body: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<LoginToken> {
    const userId = await this.devices.take(parseBody(DeviceTokenRequest, body).secret);
    if (userId) return this.tokenFor(userId, request, response);
    const detail = 'Nobody has confirmed the code yet.';
    throw new Rejection('pending', { detail, retryAfterMs: POLL_MS });
  }

  private async tokenFor(userId: string, request: Request, response: Response): Promise<LoginToken> {
    await this.signIns.requireInUse(userId);
    const { token, expiresAt } = await this.sessions.openForCommandLine(userId, originOf(request));
    response.setHeader('Cache-Control', 'no-store');
    return { token, expiresAt: expiresAt.toISOString(), name: (await this.accounts.nameOf(userId)) ?? '' };
  }
}

/** A token must not make tokens stronger than itself, so only somebody in front of the dashboard confirms. */
function browserOf(response: Response): string {
  const caller = callerOf(response);
  if (caller.user && isBrowserOf(caller)) return caller.user.userId;
  throw new Rejection('forbidden', { detail: 'Codes are confirmed by a person signed in to the dashboard.' });
}
