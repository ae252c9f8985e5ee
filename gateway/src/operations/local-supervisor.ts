import { readFile } from 'node:fs/promises';
import { Rejection } from '@agencyos/decider';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { GatewayConfig } from '../config.js';
import { GATEWAY_CONFIG } from '../tokens.js';

const TIMEOUT_MS = 5_000;
const Found = z.object({ url: z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ }), token: z.string() });

/** The supervisor of this machine: never through NATS, which may be what broke. */
@Injectable()
export class LocalSupervisor {
  constructor(@Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig) {}

  /** @throws Rejection */
  async ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<object> {
    const { supervisorFile } = this.config;
    if (!supervisorFile)
      throw new Rejection(
        'no_supervisor',
        { detail: 'Processes are not restarted from here: restart it where it was started.' },
        404,
      );
    let answer: globalThis.Response;
    try {
      const { url, token } = Found.parse(JSON.parse(await readFile(supervisorFile, 'utf8')));
      const headers = { authorization: `Bearer ${token}` };
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      answer = await fetch(`${url}${path}`, {
        method,
        headers,
        signal,
        redirect: 'error',
        ...(body && { body: JSON.stringify(body) }),
      });
    } catch {
      throw new Rejection('busy', { detail: 'The supervisor does not answer.', retryAfterMs: 1_000 });
    }
    const told = (await answer.json()) as { code?: string; detail?: string };
    if (answer.ok) return told;
    throw new Rejection(told.code ?? 'refused', { ...(told.detail && { detail: told.detail }) }, answer.status);
  }
}
