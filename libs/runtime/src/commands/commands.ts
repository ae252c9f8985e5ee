import { describeCommand, LIMITS, newId, subjects, type CommandAnswer, type CommandMessage, type CommandReceipt } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { pause } from '../background.js';
import type { Bus } from '../messaging/bus.js';
import { problemOf, rejectionOf } from '../problem.js';
import type { CommandHost } from './command-host.js';

interface Waiting {
  message: CommandMessage;
  bytes: number;
  deadline: number;
  resolve(answer: CommandAnswer): void;
}

/**
 * How long commands for one subject are collected into one request while others are under way: the more there are,
 * the longer, for each request costs the same however many it carries, and those under way take longer than this.
 */
const collectMs = (commandsInFlight: number) => Math.min(1 + commandsInFlight / 16, 5);
const REQUEST_TIMEOUT_MS = 3_000;

/** Sends commands: to this process's own aggregates directly, to others over NATS, many in one request. */
export class Commands {
  private readonly waiting = new Map<string, Waiting[]>();
  /** Commands under way per subject. */
  private readonly inFlight = new Map<string, number>();

  constructor(
    private readonly sender: string,
    private readonly host: CommandHost,
    private readonly bus: Bus,
    private readonly deadlineMs: number,
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

  private sendOne(message: CommandMessage, deadlineMs: number): Promise<CommandAnswer> {
    const definition = describeCommand(message.type);
    if (!definition) {
      const problem = problemOf(new Rejection('not_found', { detail: `No command ${message.type}.` }));
      return Promise.resolve({ id: message.id, problem });
    }
    if (this.host.handles(message.type)) return this.host.receive(message, this.sender) as Promise<CommandAnswer>;
    const bytes = Buffer.byteLength(JSON.stringify(message));
    if (bytes > LIMITS.commandBytes) {
      const detail = 'The command is too large: store long content first and refer to its digest.';
      return Promise.resolve({ id: message.id, problem: problemOf(new Rejection('invalid', { detail, limit: LIMITS.commandBytes }, 413)) });
    }
    const subject = subjects.command(definition.context, definition.aggregate, this.sender);
    return new Promise((resolve) => this.collect(subject, { message, bytes, deadline: performance.now() + deadlineMs, resolve }));
  }

  private collect(subject: string, waiting: Waiting): void {
    const queue = this.waiting.get(subject);
    if (queue) {
      queue.push(waiting);
      return;
    }
    this.waiting.set(subject, [waiting]);
    const flush = () => {
      const collected = this.waiting.get(subject) ?? [];
      this.waiting.delete(subject);
      for (const chunk of chunks(collected)) void this.tracked(subject, chunk);
    };
    // Waiting for company pays only while there is traffic.
    const inFlight = this.inFlight.get(subject);
    if (inFlight) setTimeout(flush, collectMs(inFlight));
    else setImmediate(flush);
  }

  private async tracked(subject: string, chunk: Waiting[]): Promise<void> {
    this.inFlight.set(subject, (this.inFlight.get(subject) ?? 0) + chunk.length);
    await this.request(subject, chunk);
    const left = this.inFlight.get(subject)! - chunk.length;
    if (left > 0) this.inFlight.set(subject, left);
    else this.inFlight.delete(subject);
  }

  private async request(subject: string, chunk: Waiting[]): Promise<void> {
    const deadline = Math.min(...chunk.map((waiting) => waiting.deadline));
    const body = chunk.map(({ message }) => message);
    for (let tries = 0; ; tries++) {
      const left = deadline - performance.now();
      if (left <= 0) break;
      try {
        const answers = await this.bus.request<CommandAnswer[]>(subject, body, Math.min(REQUEST_TIMEOUT_MS, Math.max(left, 50)));
        for (const [index, waiting] of chunk.entries()) waiting.resolve(answers[index]!);
        return;
      } catch {
        // Nobody there, or no answer: the same ids again.
        await pause(Math.min(25 * 2 ** Math.min(tries, 4), Math.max(deadline - performance.now(), 0)));
      }
    }
    for (const { message, resolve } of chunk) {
      const detail = 'The service did not answer in time. Repeat with the same id.';
      const problem = problemOf(new Rejection('busy', { detail, retryAfterMs: 1_000 }), message.metadata?.correlationId);
      resolve({ id: message.id, problem });
    }
  }
}

function chunks(waiting: Waiting[]): Waiting[][] {
  const result: Waiting[][] = [];
  let bytes = 0;
  for (const one of waiting) {
    const last = result.at(-1);
    if (!last || last.length >= LIMITS.commandsPerRequest || bytes + one.bytes > LIMITS.requestBytes) {
      result.push([one]);
      bytes = one.bytes;
    } else {
      last.push(one);
      bytes += one.bytes;
    }
  }
  return result;
}
