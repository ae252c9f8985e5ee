import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Content, Problem } from '@agencyos/contracts';

export interface ContentClientSettings {
  gatewayUrl: string;
  /** Read at every use: the gateway writes it, and writes another when it was lost. */
  tokenFile: string;
  retryMs?: number;
}

const ANSWER_MS = 30_000;

/** The gateway will never take it: it says why. */
export class NotStored extends Error {}

/** The content store has it not, or not as its digest says. */
export class NotReadable extends Error {}

/** The content store, through the gateway, as the agent. Repeated through outages: the same bytes have the same address. */
export class ContentClient {
  constructor(private readonly settings: ContentClientSettings) {}

  /** @throws NotStored; the signal's reason once it is aborted */
  async put(bytes: string | Uint8Array, mediaType: string, signal: AbortSignal): Promise<Content> {
    const { ok, status, body } = await this.answer(digestOfBytes(bytes), signal, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body: bytes as NonNullable<RequestInit['body']>,
    });
    if (!ok) throw new NotStored(reasonIn(body, status));
    return Content.parse(JSON.parse(body.toString()));
  }

  /** Exactly the bytes that the digest names. @throws NotReadable; the signal's reason once it is aborted */
  async get(digest: string, signal: AbortSignal): Promise<Uint8Array> {
    const { ok, status, body } = await this.answer(digest, signal);
    if (!ok) throw new NotReadable(`${digest} cannot be read: ${reasonIn(body, status)}`);
    const actual = digestOfBytes(body);
    if (actual !== digest) throw new NotReadable(`${digest} was asked for, the answer is ${actual}.`);
    return body;
  }

  private async answer(digest: string, signal: AbortSignal, request: RequestInit = {}): Promise<Answer> {
    for (;;) {
      const answer = await this.attempt(digest, signal, request);
      if (answer) return answer;
      await delay(this.settings.retryMs ?? 1_000, undefined, { signal });
    }
  }

  /** Undefined when it is worth another attempt. */
  private async attempt(digest: string, signal: AbortSignal, { headers, ...request }: RequestInit): Promise<Answer | undefined> {
    const { gatewayUrl, tokenFile } = this.settings;
    try {
      const token = (await readFile(tokenFile, 'utf8')).trim();
      const response = await fetch(`${gatewayUrl}/api/v1/content/${digest}`, {
        ...request,
        headers: { ...headers, authorization: `Bearer ${token}` },
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      });
      const { ok, status } = response;
      const body = Buffer.from(await response.arrayBuffer());
      // A token that is not valid (yet) is replaced by the gateway.
      return status >= 500 || status === 429 || status === 401 ? undefined : { ok, status, body };
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}

interface Answer {
  ok: boolean;
  status: number;
  body: Buffer;
}

function reasonIn(body: Buffer, status: number): string {
  try {
    const { detail, title } = Problem.parse(JSON.parse(body.toString()));
    return detail ?? title;
  } catch {
    return `The gateway answered ${status}.`;
  }
}

const digestOfBytes = (bytes: string | Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
