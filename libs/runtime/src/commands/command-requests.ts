import { LIMITS, type CommandAnswer, type CommandMessage } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { pause } from '../background.js';
import type { Bus } from '../messaging/bus.js';
import { problemOf } from '../problem.js';
import { isNotPermitted } from '../transient.js';

interface Waiting {
  message: CommandMessage;
  json: string;
  bytes: number;
  /** On the clock of `performance.now()`. */
  deadline: number;
  /** The last answer of who could not take it. */
  busy?: CommandAnswer;
  resolve(answer: CommandAnswer): void;
}

/** A request costs the same however many commands it carries: while so many are under way, others are collected. */
const REQUESTS_UNDER_WAY = 2;
/** But no longer than this: one slow command must not hold up the others. */
const COLLECT_MS = 5;
const REQUEST_TIMEOUT_MS = 3_000;

/** The commands for one subject on their way, many in one request. */
export class CommandRequests {
  private waiting: Waiting[] = [];
  private underWay = 0;
  private collecting?: NodeJS.Timeout | undefined;
  private sending = false;

  constructor(
    private readonly subject: string,
    private readonly bus: Bus,
  ) {}

  /**
   * @param json the message, `bytes` long in UTF-8
   * @param deadline on the clock of `performance.now()`; after it the answer is a `busy` problem
   */
  add(message: CommandMessage, json: string, bytes: number, deadline: number): Promise<CommandAnswer> {
    return new Promise((resolve) => {
      this.waiting.push({ message, json, bytes, deadline, resolve });
      if (this.underWay < REQUESTS_UNDER_WAY) this.sendSoon();
      else this.collecting ??= setTimeout(() => this.send(), COLLECT_MS);
    });
  }

  /** What arrives in one turn of the event loop goes together. */
  private sendSoon(): void {
    if (this.sending) return;
    this.sending = true;
    setImmediate(() => this.send());
  }

  private send(): void {
    clearTimeout(this.collecting);
    this.collecting = undefined;
    this.sending = false;
    const collected = this.waiting;
    this.waiting = [];
    for (const chunk of chunks(collected)) void this.tracked(chunk);
  }

  private async tracked(chunk: Waiting[]): Promise<void> {
    this.underWay++;
    await this.request(chunk);
    this.underWay--;
    if (this.waiting.length > 0) this.sendSoon();
  }

  private async request(chunk: Waiting[]): Promise<void> {
    const deadline = Math.min(...chunk.map((waiting) => waiting.deadline));
    let open = chunk;
    for (let tries = 0; ; tries++) {
      const left = deadline - performance.now();
      if (left <= 0) break;
      try {
        const timeout = Math.min(REQUEST_TIMEOUT_MS, Math.max(left, 50));
        const body = `[${open.map(({ json }) => json).join()}]`;
        const answers = await this.bus.requestJson<CommandAnswer[]>(this.subject, body, timeout);
        open = open.filter((waiting, index) => !isSettled(waiting, answers[index]!));
        if (open.length === 0) return;
      } catch (error) {
        if (isNotPermitted(error)) return this.refuse(open);
      }
      // Nobody there, no answer, or one who is busy, as a replica is that ends: the same ids again, of whoever is there then.
      await pause(Math.min(25 * 2 ** Math.min(tries, 4), Math.max(deadline - performance.now(), 0)));
    }
    const detail = 'The service did not answer in time. Repeat with the same id.';
    this.refuseAll(open, new Rejection('busy', { detail, retryAfterMs: 1_000 }));
  }

  /** Final: it will not be permitted later, either. */
  private refuse(chunk: Waiting[]): void {
    const detail = `NATS does not permit ${this.subject} to this service: mend its permissions.`;
    this.refuseAll(chunk, new Rejection(NOT_PERMITTED, { detail }, 403));
  }

  private refuseAll(chunk: Waiting[], rejection: Rejection): void {
    for (const { message, busy, resolve } of chunk) {
      resolve(busy ?? { id: message.id, problem: problemOf(rejection, message.metadata?.correlationId) });
    }
  }
}

function isSettled(waiting: Waiting, answer: CommandAnswer): boolean {
  if (!('problem' in answer) || answer.problem.code !== 'busy') {
    waiting.resolve(answer);
    return true;
  }
  waiting.busy = answer;
  return false;
}

/** Code of the refusal when NATS does not let this service speak to the receiver. */
export const NOT_PERMITTED = 'not_permitted';

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
