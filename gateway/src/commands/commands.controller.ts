import { type BoardAccess, describeCommand, Id, type CommandReceipt, type CommandMessage } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Commands, Requires, rejectionOf } from '@agencyos/runtime';
import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { callerOf } from '../http/auth.guard.js';
import { parseBody } from '../http/body.js';
import { correlationOf } from '../http/correlation.middleware.js';
import { metadataOf } from '../identity/caller.js';
import { Sight } from '../sight/sight.js';

/** These follow a row of the gateway, so they have routes of their own. */
const OWN_ROUTE: Record<string, string> = {
  AddUser: 'POST /api/v1/users',
  IssueToken: 'POST /api/v1/tokens',
};
/** What of a board for its members alone a command needs, where it is not to change its work. */
const NEEDED: Partial<Record<string, BoardAccess>> = { ChangeBoard: 'admin', AddColumn: 'admin' };
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Any published command: `POST /api/v1/<context>/<CommandType>`, its data as the body. */
@Controller('api/v1')
export class CommandsController {
  private readonly inFlight = new Set<string>();

  constructor(
    private readonly commands: Commands,
    private readonly sight: Sight,
  ) {}

  @Post(':context/:type')
  @HttpCode(200)
  @Requires('command')
  async send(
    // Whole, for Nest resolves each parameter by itself, which takes longer than most of what follows.
    @Req() request: Request<{ context: string; type: string }>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<CommandReceipt> {
    const { context, type } = request.params;
    const body: unknown = request.body;
    const traceparent = request.get('traceparent');
    const caller = callerOf(response);
    const definition = describeCommand(type);
    if (definition?.context !== context) throw new Rejection('not_found', { detail: `There is no command ${context}/${type}.` });
    if (OWN_ROUTE[type]) throw new Rejection('not_found', { detail: `Use ${OWN_ROUTE[type]} for it.` });
    if (!definition.permission.some((permission) => caller.permissions.includes(permission))) {
      const needs = definition.permission.join(' or ') || 'to be a service of this installation';
      throw new Rejection('forbidden', { detail: `${type} needs ${needs}.` });
    }
    const id = commandId(request.get('idempotency-key'));
    const data = parseBody(definition.data, body) as Record<string, unknown>;
    // A board that has lost its members is given new ones by those who administer boards.
    if (type !== 'SetBoardMember') await this.sight.require(caller, data, NEEDED[type] ?? 'edit');
    const metadata = {
      ...metadataOf(caller, correlationOf(response)),
      ...(traceparent && TRACEPARENT.test(traceparent) && { traceparent }),
    };
    return this.once({ id, type, data: body as Record<string, unknown>, metadata });
  }

  private async once(message: CommandMessage): Promise<CommandReceipt> {
    const key = `${message.metadata?.actor} ${message.id}`;
    if (this.inFlight.has(key)) {
      throw new Rejection('in_flight', {
        retryAfterMs: 1_000,
        detail: 'This key is being handled at this moment. Ask again.',
      });
    }
    this.inFlight.add(key);
    try {
      const [answer] = await this.commands.send([message]);
      if (!answer || 'problem' in answer) throw rejectionOf(answer!.problem);
      const { stream, revision, position } = answer;
      return { stream, revision, position };
    } finally {
      this.inFlight.delete(key);
    }
  }
}

function commandId(key: string | undefined): string {
  if (!key) {
    throw new Rejection(
      'idempotency_key_missing',
      { field: 'Idempotency-Key', detail: 'Send a UUID of your own; repeat with the same.' },
      400,
    );
  }
  const parsed = Id.safeParse(key.toLowerCase());
  if (!parsed.success) throw new Rejection('malformed_id', { field: 'Idempotency-Key', detail: 'The key must be a UUID.' }, 400);
  return parsed.data;
}
