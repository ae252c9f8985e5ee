import {
  describeCommand,
  LIMITS,
  newId,
  subjects,
  type CommandAnswer,
  type CommandDescription,
  type CommandMessage,
  type CommandReceipt,
} from '@agencyos/contracts';
import { isRejection, Rejection } from '@agencyos/decider';
import type { WrittenLevel } from '../level/written-level.js';
import type { Bus } from '../messaging/bus.js';
import { problemOf, rejectionOf } from '../problem.js';
import type { CommandHost } from './command-host.js';
import { CommandRequests } from './command-requests.js';
import { hasLevel, requireOffered } from './require-offered.js';

/** Sends commands: to this process's own aggregates directly, to others over NATS, many in one request. */
export class Commands {
  private readonly requests = new Map<string, CommandRequests>();

  constructor(
    private readonly sender: string,
    private readonly host: CommandHost,
    private readonly bus: Bus,
    private readonly deadlineMs: number,
    /** Without it everything is sent that this version knows. */
    private readonly level?: Pick<WrittenLevel, 'written' | 'refresh'>,
  ) {}

  /**
   * Answers in the order of the messages. No answer by the deadline is a `busy` problem (503): the outcome is
   * unknown, repeat with the same id.
   */
  send(messages: CommandMessage[], deadlineMs = this.deadlineMs): Promise<CommandAnswer[]> {
    return Promise.all(messages.map((message) => this.sendOne(message, deadlineMs)));
  }

  /** One command, answered or thrown. @throws Rejection */
  async execute(
    type: string,
    data: object,
    options: { id?: string; metadata?: CommandMessage['metadata'] } = {},
  ): Promise<CommandReceipt> {
    const message = { id: options.id ?? newId(), type, data: data as Record<string, unknown>, metadata: options.metadata };
    const answer = await this.sendOne(message, this.deadlineMs);
    if ('problem' in answer) throw rejectionOf(answer.problem);
    return answer;
  }

  /** Whether this process decides such commands. */
  handlesItself(type: string): boolean {
    return this.host.handles(type);
  }

  private sendOne(message: CommandMessage, deadlineMs: number): Promise<CommandAnswer> {
    const definition = describeCommand(message.type);
    if (!definition) {
      const problem = problemOf(new Rejection('not_found', { detail: `No command ${message.type}.` }));
      return Promise.resolve({ id: message.id, problem });
    }
    if (this.host.handles(message.type)) return this.host.receive(message, this.sender) as Promise<CommandAnswer>;
    if (!this.level || !hasLevel(definition)) return this.request(message, definition, deadlineMs);
    // Whoever decides it may be of the version before, and would take it for a mistake.
    return requireOffered(definition, message.data, this.level).then(
      () => this.request(message, definition, deadlineMs),
      (error: unknown) => ({ id: message.id, problem: problemOf(isRejection(error) ? error : away()) }),
    );
  }

  private request(message: CommandMessage, definition: CommandDescription, deadlineMs: number): Promise<CommandAnswer> {
    const json = JSON.stringify(message);
    const bytes = Buffer.byteLength(json);
    if (bytes > LIMITS.commandBytes) {
      const detail = 'The command is too large: store long content first and refer to its digest.';
      return Promise.resolve({
        id: message.id,
        problem: problemOf(new Rejection('invalid', { detail, limit: LIMITS.commandBytes }, 413)),
      });
    }
    const subject = subjects.command(definition.context, definition.aggregate, this.sender);
    return this.requestsTo(subject).add(message, json, bytes, performance.now() + deadlineMs);
  }

  private requestsTo(subject: string): CommandRequests {
    let requests = this.requests.get(subject);
    if (!requests) this.requests.set(subject, (requests = new CommandRequests(subject, this.bus)));
    return requests;
  }
}

const away = () => new Rejection('busy', { detail: 'The log does not answer. Repeat with the same id.', retryAfterMs: 1_000 });
