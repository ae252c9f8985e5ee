import { readFile } from 'node:fs/promises';
import { Rejection } from '@agencyos/decider';
import { Logger, Permission } from '@agencyos/runtime';
import { Controller, Get, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import type { GatewayConfig } from '../config.js';
import { callerOf } from '../http/auth.guard.js';
import { GATEWAY_CONFIG } from '../tokens.js';

const TIMEOUT_MS = 5_000;
const Found = z.object({ url: z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ }), token: z.string() });
const Key = z.string().min(1).max(100);

/** The processes of this machine, by its supervisor: never through NATS, which may be what broke. */
@Controller('api/v1/processes')
export class ProcessesController {
  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly logger: Logger,
  ) {}

  /** `{processes: [{name, pid, state, restarts, …}]}`, as the supervisor tells of them. */
  @Get()
  @Permission('ops:operate')
  list(): Promise<object> {
    return this.ask('GET', '/status');
  }

  /** Restarts one, whatever the healer thinks; the same Idempotency-Key restarts it once. */
  @Post(':name/restart')
  @HttpCode(202)
  @Permission('ops:operate')
  async restart(
    @Param('name') name: string,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const actionKey = Key.safeParse(key);
    if (!actionKey.success)
      throw new Rejection('idempotency_key_missing', { detail: 'Send an Idempotency-Key.', field: 'Idempotency-Key' }, 400);
    const answer = await this.ask('POST', '/restart', { name, actionKey: actionKey.data });
    this.logger.info({ process: name, by: callerOf(response).principal }, 'restarted by a person');
    return answer;
  }

  private async ask(method: 'GET' | 'POST', path: string, body?: object): Promise<object> {
    const { supervisorFile } = this.config;
    if (!supervisorFile)
      throw new Rejection('no_supervisor', { detail: 'Processes are not restarted from here: restart it where it was started.' }, 404);
    let answer: globalThis.Response;
    try {
      const { url, token } = Found.parse(JSON.parse(await readFile(supervisorFile, 'utf8')));
      const headers = { authorization: `Bearer ${token}` };
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      answer = await fetch(`${url}${path}`, { method, headers, signal, redirect: 'error', ...(body && { body: JSON.stringify(body) }) });
    } catch {
      throw new Rejection('busy', { detail: 'The supervisor does not answer.', retryAfterMs: 1_000 });
    }
    const told = (await answer.json()) as { code?: string; detail?: string };
    if (answer.ok) return told;
    throw new Rejection(told.code ?? 'refused', { ...(told.detail && { detail: told.detail }) }, answer.status);
  }
}
