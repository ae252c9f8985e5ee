import { Rejection } from '@agencyos/decider';
import { Logger, Requires } from '@agencyos/runtime';
import { Controller, Get, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { callerOf } from '../http/auth.guard.js';
import { LocalSupervisor } from './local-supervisor.js';

const Key = z.string().min(1).max(100);

/** The processes of this machine, by its supervisor: never through NATS, which may be what broke. */
@Controller('api/v1/processes')
export class ProcessesController {
  constructor(
    private readonly supervisor: LocalSupervisor,
    private readonly logger: Logger,
  ) {}

  /** `{processes: [{name, pid, state, restarts, …}]}`, as the supervisor tells of them. */
  @Get()
  @Requires('ops:operate')
  list(): Promise<object> {
    return this.supervisor.ask('GET', '/status');
  }

  /** Restarts one, whatever the healer thinks; the same Idempotency-Key restarts it once. */
  @Post(':name/restart')
  @HttpCode(202)
  @Requires('ops:operate')
  async restart(
    @Param('name') name: string,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const actionKey = Key.safeParse(key);
    if (!actionKey.success)
      throw new Rejection('idempotency_key_missing', { detail: 'Send an Idempotency-Key.', field: 'Idempotency-Key' }, 400);
    const answer = await this.supervisor.ask('POST', '/restart', { name, actionKey: actionKey.data });
    this.logger.info({ process: name, by: callerOf(response).principal }, 'restarted by a person');
    return answer;
  }
}
