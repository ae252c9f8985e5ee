import { newId, NewTokenRequest, NewUserRequest, type UserNames } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Commands, Requires } from '@agencyos/runtime';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { callerOf } from '../http/auth.guard.js';
import { parseBody } from '../http/body.js';
import { correlationOf } from '../http/correlation.middleware.js';
import { Accounts } from './accounts.js';
import { metadataOf } from './caller.js';
import { checkNewToken } from './new-token.js';
import { Tokens } from './tokens.js';

/** What cannot be a plain command because rows with secrets come first. */
@Controller('api/v1')
export class AccountsController {
  constructor(
    private readonly accounts: Accounts,
    private readonly tokens: Tokens,
    private readonly commands: Commands,
  ) {}

  /** Whose votes and cards they are: those who read decisions may know the names behind them. */
  @Get('users')
  @Requires('approval:read')
  async users(@Res({ passthrough: true }) response: Response): Promise<UserNames> {
    response.setHeader('Cache-Control', 'no-store');
    return { users: await this.accounts.names() };
  }

  @Post('users')
  @HttpCode(201)
  @Requires('identity:admin')
  async addUser(@Body() body: unknown, @Res({ passthrough: true }) response: Response): Promise<{ userId: string }> {
    const { userId = newId(), name, password, roles } = parseBody(NewUserRequest, body);
    await this.accounts.create(userId, name, password);
    const metadata = metadataOf(callerOf(response), correlationOf(response));
    try {
      await this.commands.execute('AddUser', { userId, roles, via: 'invite' }, { metadata });
    } catch (error) {
      await this.accounts.erase(userId);
      throw error;
    }
    return { userId };
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
    const metadata = {
      onBehalfOf: caller.principal,
      permissions: [...caller.permissions],
      correlationId: correlationOf(response),
    };
    response.setHeader('Cache-Control', 'no-store');
    return this.tokens.issue({ label, permissions, principal: caller.principal, ...(expiresAt && { expiresAt }) }, metadata);
  }

  @Delete('tokens/:tokenId')
  @HttpCode(204)
  @Requires('session')
  async revokeToken(@Param('tokenId') tokenId: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    const caller = callerOf(response);
    const metadata = {
      onBehalfOf: caller.principal,
      permissions: [...caller.permissions],
      correlationId: correlationOf(response),
    };
    await this.commands.execute('RevokeToken', { tokenId }, { metadata });
  }
}
