import { createHash } from 'node:crypto';
import { Gateway, isProblem, NoAnswer, type GatewayOptions } from '@agencyos/client';
import type { Content } from '@agencyos/contracts';
import { CliProblem, Refused } from './cli-problem.js';
import type { GatewayTarget } from './target.js';

export interface ClientOptions {
  /** How long to wait out an outage before giving up. */
  patienceMs: number;
}

const ANSWER_MS = 15_000;
/** How long an address that somebody has typed may be silent. */
const FIRST_ANSWER_MS = 3_000;

/** The gateway's REST interface. Every request is repeated through outages; what ends it is a CliProblem. */
export class GatewayClient extends Gateway {
  constructor(
    readonly target: GatewayTarget,
    private readonly own: ClientOptions = { patienceMs: 30_000 },
  ) {
    super(gatewayOptions(target, own));
  }

  /** Signs in as the dashboard does, with a cookie that lives as long as this process. */
  async session(login: { name: string; password: string }): Promise<GatewayClient> {
    const session = this.as('');
    await session.post('/api/v1/login', login);
    return session;
  }

  /** The same gateway with another token; none: as a stranger. */
  as(token: string): GatewayClient {
    return new GatewayClient({ ...this.target, token }, this.own);
  }

  /** Stores bytes under their SHA-256. */
  putContent(bytes: Uint8Array<ArrayBuffer>, mediaType: string): Promise<Content> {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    return this.request(`/api/v1/content/${digest}`, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body: bytes,
    });
  }

  /** @throws CliProblem; {@link Refused} when it was refused for good */
  override async request<T>(path: string, init: RequestInit): Promise<T> {
    try {
      return await super.request<T>(path, init);
    } catch (error) {
      throw inWords(error, this.target.url);
    }
  }
}

function gatewayOptions({ url, token, named }: GatewayTarget, { patienceMs }: ClientOptions): GatewayOptions {
  let answered = false;
  let cookie = '';
  // An address that somebody has typed and that never answered is more likely wrong than away.
  const atMost = (ms: number) => (answered || !named ? ms : FIRST_ANSWER_MS);
  return {
    url,
    token,
    get patienceMs() {
      return atMost(patienceMs);
    },
    get answerMs() {
      return atMost(ANSWER_MS);
    },
    async fetch(address, init) {
      const headers = { ...init.headers, ...(cookie && { cookie, 'sec-fetch-site': 'none' }) };
      const response = await fetch(address, { ...init, redirect: 'manual', headers });
      answered ||= /json/.test(response.headers.get('content-type') ?? '');
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
      return response;
    },
  };
}

function inWords(error: unknown, url: string): unknown {
  if (error instanceof NoAnswer)
    return new CliProblem(`Nothing answers at ${url}: start AgencyOS with \`npm start\`, or give its address with --url.`);
  if (!isProblem(error)) return error;
  if (error.code === `http_${error.status}`)
    return new CliProblem(`${url} answered ${error.status} and not as AgencyOS does: check the address.`);
  return new Refused(error.problem);
}
