import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Content, Problem } from '@agencyos/contracts';

export interface OutputStoreSettings {
  gatewayUrl: string;
  /** Read at every use: the gateway writes it, and writes another when it was lost. */
  tokenFile: string;
  retryMs?: number;
}

const ANSWER_MS = 30_000;

/** The gateway will never take it: it says why. */
export class NotStored extends Error {}

/** Puts what is too large for an event into the content store, through the gateway, as the agent. */
export class OutputStore {
  constructor(private readonly settings: OutputStoreSettings) {}

  /**
   * Repeated through outages until it is stored: the same bytes have the same address.
   *
   * @throws NotStored; the signal's reason once it is aborted
   */
  async put(json: string, signal: AbortSignal): Promise<Content> {
    const digest = `sha256:${createHash('sha256').update(json).digest('hex')}`;
    for (;;) {
      const stored = await this.attempt(digest, json, signal);
      if (stored) return stored;
      await delay(this.settings.retryMs ?? 1_000, undefined, { signal });
    }
  }

  private async attempt(digest: string, json: string, signal: AbortSignal): Promise<Content | undefined> {
    const { gatewayUrl, tokenFile } = this.settings;
    let response: Response;
    let body: unknown;
    try {
      const token = (await readFile(tokenFile, 'utf8')).trim();
      response = await fetch(`${gatewayUrl}/api/v1/content/${digest}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: json,
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      });
      body = await response.json();
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
    if (response.ok) return Content.parse(body);
    // A token that is not valid (yet) is replaced by the gateway.
    if (response.status >= 500 || response.status === 429 || response.status === 401) return undefined;
    const problem = Problem.safeParse(body);
    throw new NotStored(
      problem.data?.detail ?? problem.data?.code ?? `The gateway answered ${response.status}.`,
    );
  }
}
