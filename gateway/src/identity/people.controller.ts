import {
  Id,
  newId,
  NewUserRequest,
  type NewLink,
  type NewUser,
  type PeopleList,
  type UserNames,
  type WaitingVotes,
} from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Commands, Requires } from '@agencyos/runtime';
import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { callerOf } from '../http/auth.guard.js';
import { parseBody } from '../http/body.js';
import { correlationOf } from '../http/correlation.middleware.js';
import { Accounts } from './accounts.js';
import { metadataOf } from './caller.js';
import { DirectoryReader } from './directory-reader.js';
import { Invitations } from './invitations.js';
import { PeopleOverview } from './people-overview.js';
import { Votes } from './votes.js';

/** Who is here, for those who say who is: what cannot be a plain command because rows with secrets come first, and lists. */
@Controller('api/v1')
export class PeopleController {
  constructor(
    private readonly accounts: Accounts,
    private readonly invitations: Invitations,
    private readonly people: PeopleOverview,
    private readonly directory: DirectoryReader,
    private readonly votes: Votes,
    private readonly commands: Commands,
  ) {}

  /** Whose votes and cards they are: those who read decisions may know the names behind them. */
  @Get('users')
  @Requires('approval:read')
  async users(@Res({ passthrough: true }) response: Response): Promise<UserNames> {
    response.setHeader('Cache-Control', 'no-store');
    return { users: await this.accounts.names() };
  }

  @Get('people')
  @Requires('identity:admin')
  everybody(@Res({ passthrough: true }) response: Response): Promise<PeopleList> {
    response.setHeader('Cache-Control', 'no-store');
    return this.people.all();
  }

  /** Without a password: by a link, which is shown only now. */
  @Post('users')
  @HttpCode(201)
  @Requires('identity:admin')
  async addUser(@Body() body: unknown, @Res({ passthrough: true }) response: Response): Promise<NewUser> {
    const { userId = newId(), name, password, roles } = parseBody(NewUserRequest, body);
    await this.accounts.create(userId, name, password);
    const metadata = metadataOf(callerOf(response), correlationOf(response));
    try {
      await this.commands.execute('AddUser', { userId, roles, via: 'invite' }, { metadata });
    } catch (error) {
      await this.accounts.erase(userId);
      throw error;
    }
    response.setHeader('Cache-Control', 'no-store');
    return { userId, ...(password === undefined && { link: await this.invitations.invite(userId) }) };
  }

  @Post('users/:userId/link')
  @HttpCode(201)
  @Requires('identity:admin')
  async newLink(@Param('userId') userId: string, @Res({ passthrough: true }) response: Response): Promise<NewLink> {
    const { disabled } = await this.require(userId);
    if (disabled) {
      const detail = 'Nobody who is disabled comes in by a link: enable them first.';
      throw new Rejection('closed', { field: 'userId', detail }, 409);
    }
    response.setHeader('Cache-Control', 'no-store');
    return this.invitations.invite(userId);
  }

  /** What may wait for ever without this person: for whoever is about to disable them, and afterwards. */
  @Get('users/:userId/waiting')
  @Requires('identity:admin')
  async waiting(@Param('userId') userId: string, @Res({ passthrough: true }) response: Response): Promise<WaitingVotes> {
    response.setHeader('Cache-Control', 'no-store');
    return { approvals: await this.votes.waitingFor(await this.require(userId)) };
  }

  private async require(userId: string) {
    if (!Id.safeParse(userId).success)
      throw new Rejection('malformed_id', { field: 'userId', detail: 'The id of a person is a UUID.' }, 400);
    const user = await this.directory.user(userId);
    if (!user) throw new Rejection('not_found', { detail: `There is nobody with the id ${userId}.` });
    return user;
  }
}
