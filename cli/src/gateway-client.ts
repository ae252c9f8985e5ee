import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  newId,
  Problem,
  type CommandContext,
  type CommandData,
  type CommandName,
  type CommandReceipt,
  type Content,
} from '@agencyos/contracts';
import { CliProblem, Refused } from './cli-problem.js';
import type { Target } from './target.js';

export type Rows = Record<string, unknown>;

export interface ClientOptions {
  /** How long to wait out an outage before giving up. */
  patienceMs: number;
}

const ANSWER_MS = 15_000;
/** How long an address that somebody has typed may be silent. */
const FIRST_ANSWER_MS = 3_000;

/** The gateway's REST interface. Every request is repeated through outages, commands under their first id. */
export class GatewayClient {
  private answered = false;
  private cookie = '';

  constructor(
    readonly target: Target,
    private readonly options: ClientOptions = { patienceMs: 30_000 },
  ) {}

  /** Signs in as the dashboard does, with a cookie that lives as long as this process. */
  async session(login: { name: string; password: string }): Promise<GatewayClient> {
    const session = this.as('');
    await session.post('/api/v1/login', login);
    return session;
  }

  /** The same gateway with another token; none: as a stranger. */
  as(token: string): GatewayClient {
    return new GatewayClient({ ...this.target, token }, this.options);
  }

  /** @throws CliProblem; {@link Refused} when it was refused for good */
  command<T extends CommandName>(
    context: CommandContext<T>,
    type: T,
    data: CommandData<T>,
    id = newId(),
  ): Promise<CommandReceipt> {
    return this.post(`/api/v1/${context}/${type}`, data, { 'idempotency-key': id });
  }

  async view(kind: string, id: string): Promise<Rows> {
    const path = `/api/v1/views/${kind}/${encodeURIComponent(id)}`;
    return (await this.json<{ rows: Rows }>(path)).rows;
  }

  /** Stores bytes under their SHA-256. */
  putContent(bytes: Uint8Array<ArrayBuffer>, mediaType: string): Promise<Content> {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    return this.json(`/api/v1/content/${digest}`, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body: bytes,
    });
  }

  /** Admits one WebSocket within 30 s. */
  async ticket(signal: AbortSignal): Promise<string> {
    return (await this.post<{ ticket: string }>('/api/v1/ticket', {}, {}, signal)).ticket;
  }

  post<T>(path: string, body: object, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<T> {
    return this.json(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  }

  async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    const began = performance.now();
    for (let retry = 0; ; retry++) {
      const outcome = await this.attempt(path, init);
      // An address that somebody has typed and that never answered is more likely wrong than away.
      const patienceMs = this.answered || !this.target.named ? this.options.patienceMs : FIRST_ANSWER_MS;
      const deadline = began + patienceMs;
      if ('body' in outcome) return outcome.body as T;
      if (performance.now() > deadline) throw outcome.unavailable;
      await delay(Math.min(2_000, 100 * 2 ** Math.min(retry, 10)), undefined, init.signal ? { signal: init.signal } : {});
    }
  }

  private async attempt(path: string, init: RequestInit): Promise<{ body: unknown } | { unavailable: CliProblem }> {
    const { url, token } = this.target;
    let response: Response;
    let text: string;
    const answerMs = this.answered || !this.target.named ? ANSWER_MS : FIRST_ANSWER_MS;
    try {
      response = await fetch(`${url}${path}`, {
        ...init,
        redirect: 'manual', // the token is for this address alone
        headers: {
          ...init.headers,
          ...(token && { authorization: `Bearer ${token}` }),
          ...(this.cookie && { cookie: this.cookie, 'sec-fetch-site': 'none' }),
        },
        signal: AbortSignal.any([AbortSignal.timeout(answerMs), ...(init.signal ? [init.signal] : [])]),
      });
      text = await response.text();
      this.cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? this.cookie;
    } catch {
      return {
        unavailable: new CliProblem(
          `Nothing answers at ${url}: start AgencyOS with \`npm start\`, or give its address with --url.`,
        ),
      };
    }
    const body = response.status === 204 ? {} : parse(text);
    if (response.ok && body !== undefined) {
      this.answered = true;
      return { body };
    }
    const problem = Problem.safeParse(body);
    if (!problem.success) {
      const foreign = new CliProblem(`${url} answered ${response.status} and not as AgencyOS does: check the address.`);
      if (this.target.named && !this.answered) throw foreign;
      return { unavailable: foreign };
    }
    this.answered = true;
    const { status, code } = problem.data;
    if (status >= 500 || status === 429 || code === 'in_flight') return { unavailable: new Refused(problem.data) };
    throw new Refused(problem.data);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
