import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { newId, Problem, type CommandReceipt, type Content } from '@agencyos/contracts';
import { CliProblem, Refused } from './cli-problem.js';
import type { Target } from './target.js';

export type Rows = Record<string, unknown>;

export interface ClientOptions {
  /** How long to wait out an outage before giving up. */
  patienceMs: number;
}

/** The gateway's REST interface. Every request is repeated through outages, commands under their first id. */
export class GatewayClient {
  constructor(
    readonly target: Target,
    private readonly options: ClientOptions = { patienceMs: 30_000 },
  ) {}

  /** @throws CliProblem; {@link Refused} when it was refused for good */
  command(context: string, type: string, data: object, id = newId()): Promise<CommandReceipt> {
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

  post<T>(
    path: string,
    body: object,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<T> {
    return this.json(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  }

  async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    const deadline = performance.now() + this.options.patienceMs;
    for (let retry = 0; ; retry++) {
      const outcome = await this.attempt(path, init);
      if ('body' in outcome) return outcome.body as T;
      if (performance.now() > deadline) throw outcome.unavailable;
      await delay(
        Math.min(2_000, 100 * 2 ** Math.min(retry, 10)),
        undefined,
        init.signal ? { signal: init.signal } : {},
      );
    }
  }

  private async attempt(
    path: string,
    init: RequestInit,
  ): Promise<{ body: unknown } | { unavailable: CliProblem }> {
    const { url, token } = this.target;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}${path}`, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${token}` },
        signal: AbortSignal.any([AbortSignal.timeout(15_000), ...(init.signal ? [init.signal] : [])]),
      });
      text = await response.text();
    } catch {
      return {
        unavailable: new CliProblem(
          `Nothing answers at ${url}: start AgencyOS with \`npm start\`, or give its address with --url.`,
        ),
      };
    }
    const body = parse(text);
    if (response.ok && body !== undefined) return { body };
    const problem = Problem.safeParse(body);
    if (!problem.success) {
      return {
        unavailable: new CliProblem(
          `${url} answered ${response.status} and not as AgencyOS does: check the address.`,
        ),
      };
    }
    const { status, code } = problem.data;
    if (status >= 500 || status === 429 || code === 'in_flight')
      return { unavailable: new Refused(problem.data) };
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
