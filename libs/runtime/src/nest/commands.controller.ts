import { Controller, Inject, type Type } from '@nestjs/common';
import { Ctx, MessagePattern, NatsContext, Payload } from '@nestjs/microservices';
import { subjects, type CommandAnswer, type CommandSet } from '@agencyos/contracts';
import { CommandHost } from '../commands/command-host.js';
import { problemOf } from '../problem.js';
import { Requires } from './permission.js';
import { Unreadable } from './plain-json.js';

/** The NATS entry of one aggregate's commands. The sender is the last token of the subject: NATS enforces it. */
export function commandsController({ context, aggregate }: CommandSet): Type {
  @Controller()
  class CommandsController {
    constructor(@Inject(CommandHost) private readonly host: CommandHost) {}

    @MessagePattern(subjects.command(context, aggregate, '*'))
    @Requires('command')
    receive(@Payload() body: unknown, @Ctx() nats: NatsContext): Promise<CommandAnswer | CommandAnswer[]> {
      if (body instanceof Unreadable) return Promise.resolve({ id: '', problem: problemOf(body.refusal) });
      return this.host.receive(body, nats.getSubject().split('.').at(-1)!, aggregate);
    }
  }
  Object.defineProperty(CommandsController, 'name', { value: `CommandsController(${context}.${aggregate})` });
  return CommandsController;
}
