import { setTimeout as delay } from 'node:timers/promises';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { type AllowList, allowList } from './addresses.js';
import { type Answer, type Failure, failure, failureOf } from './answers.js';
import { judgeAsWritten, judgedLookup, type Lookup } from './judged-lookup.js';
import { type Hop, redirected } from './redirects.js';
import { backoffMs, retryAfterMs } from './retry-after.js';

export interface OutgoingSettings {
  /** Addresses, networks and names that may be spoken to though they are not public. */
  allow?: readonly string[];
  /** As the usual environment says it; process.env if nothing is said. */
  proxy?: { httpProxy?: string; httpsProxy?: string; noProxy?: string };
}

export interface OutgoingRequest {
  method?: 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'POST' | 'PATCH';
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** To send it twice is as good as once; of GET, HEAD, PUT and DELETE that is known. */
  repeatable?: boolean;
  /** For everything: connections, redirects, waits, the whole answer. */
  timeoutMs?: number;
  maxBytes?: number;
  redirects?: number;
  /** How often it is sent again at most, if it may be. */
  retries?: number;
  signal?: AbortSignal;
}

/** What tests put in the place of clock and chance. */
export interface OutgoingParts {
  lookup?: Lookup;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  now?: () => number;
  random?: () => number;
}

const TIMEOUT_MS = 15_000;
const BACKOFF = { firstMs: 500, mostMs: 30_000 };
const TRY_AGAIN = [408, 425, 429, 502, 503, 504];
const REPEATABLE = ['GET', 'HEAD', 'PUT', 'DELETE'];
/** Where it was said once, it will not be otherwise in a moment. */
const FINAL = ['bad_address', 'address_forbidden', 'certificate_refused', 'too_large', 'too_many_redirects', 'insecure_redirect'];

/** All HTTP that leaves the installation: judged by where it leads, limited in time and size, failures as values. */
export class Outgoing {
  private readonly allowed: AllowList;
  private readonly agent: Dispatcher;
  private readonly wait: NonNullable<OutgoingParts['wait']>;
  private readonly now: () => number;
  private readonly random: () => number;

  /** @throws Error for an allow list that cannot be understood */
  constructor({ allow = [], proxy = {} }: OutgoingSettings = {}, parts: OutgoingParts = {}) {
    this.allowed = allowList(allow);
    // The lookup is that of connections without a proxy: a proxy is named by who runs this, and may be where it likes.
    this.agent = new EnvHttpProxyAgent({ ...proxy, connect: { lookup: judgedLookup(this.allowed, parts.lookup) } });
    this.wait = parts.wait ?? (async (ms, signal) => delay(ms, undefined, { signal }));
    this.now = parts.now ?? Date.now;
    this.random = parts.random ?? Math.random;
  }

  /** @returns what came back, whatever its status, or why nothing did */
  async send(asked: OutgoingRequest): Promise<Answer | Failure> {
    const { timeoutMs = TIMEOUT_MS, retries = 2, signal: given } = asked;
    const limit = AbortSignal.timeout(timeoutMs);
    const signal = given ? AbortSignal.any([given, limit]) : limit;
    const endsAt = this.now() + timeoutMs;
    const repeatable = asked.repeatable ?? REPEATABLE.includes(asked.method ?? 'GET');
    for (let tries = 0; ; tries++) {
      const result = await this.once(asked, signal);
      if (signal.aborted) return this.ended(asked, limit);
      if (!repeatable || tries === retries || !isPassing(result)) return result;
      const asksFor = result.answered ? result.retryAfterMs : undefined;
      const waitMs = asksFor ?? backoffMs(tries, BACKOFF, this.random);
      if (this.now() + waitMs >= endsAt) return result; // whoever called can wait longer than this
      await this.wait(waitMs, signal).catch(() => undefined);
      if (signal.aborted) return this.ended(asked, limit);
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async once(asked: OutgoingRequest, signal: AbortSignal): Promise<Answer | Failure> {
    const { method = 'GET', headers = {}, body, redirects = 5, maxBytes = 1_048_576 } = asked;
    const url = URL.parse(asked.url);
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password)
      return failure('bad_address', `Name an address that begins with https:// or http://, without a password in it.`);
    let hop: Hop = { method, url, headers, ...(body !== undefined && { body }) };
    for (let hops = 0; hops <= redirects; hops++) {
      const answer = await this.ask(hop, maxBytes, signal);
      if (!answer.answered || redirects === 0) return answer;
      const next = redirected(hop, answer.status, answer.headers['location']);
      if (!next) return answer;
      if ('answered' in next) return next;
      hop = next;
    }
    return failure('too_many_redirects', `${url.host} sends on more than ${redirects} times. Name the final address.`);
  }

  private async ask({ method, url, headers, body }: Hop, maxBytes: number, signal: AbortSignal): Promise<Answer | Failure> {
    try {
      judgeAsWritten(url, this.allowed);
      const response = await request(url, {
        ...{ method: method as Dispatcher.HttpMethod, dispatcher: this.agent, signal },
        // As long as the whole may last: the limit is the signal's.
        ...{ headersTimeout: 0, bodyTimeout: 0 },
        headers: { 'accept-encoding': 'identity', ...headers },
        ...(body !== undefined && { body }),
      });
      const parts: Buffer[] = [];
      let bytes = 0;
      for await (const part of response.body as AsyncIterable<Buffer>) {
        bytes += part.length;
        if (bytes > maxBytes)
          return failure(
            'too_large',
            `${url.host} answers with more than ${maxBytes} bytes, which is not read. Ask it for less.`,
          );
        parts.push(part);
      }
      return this.answer(url, response, Buffer.concat(parts));
    } catch (error) {
      return failureOf(error, url.host);
    }
  }

  private answer(url: URL, { statusCode: status, headers }: Dispatcher.ResponseData, body: Buffer): Answer {
    const plain = Object.entries(headers).map(([name, value]): [string, string] => [name, [value ?? ''].flat().join(', ')]);
    const all = Object.fromEntries(plain);
    const waitMs = retryAfterMs(all['retry-after'], this.now());
    return { answered: true, url: url.href, status, headers: all, body, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
  }

  private ended({ url, timeoutMs = TIMEOUT_MS }: OutgoingRequest, limit: AbortSignal): Failure {
    if (!limit.aborted) return failure('cancelled', 'Whoever asked does not want an answer any more.');
    return failure(
      'timed_out',
      `${URL.parse(url)?.host} has not answered within ${timeoutMs / 1_000} s. Look whether it is busy.`,
    );
  }
}

const isPassing = (result: Answer | Failure): boolean =>
  result.answered ? TRY_AGAIN.includes(result.status) : !FINAL.includes(result.code);
