import { subjects, type Problem, type UpgradeState } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Bus, rejectionOf, Requires } from '@agencyos/runtime';
import { Controller, Get, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { callerOf } from '../http/auth.guard.js';

/** Longer than the healer waits for the log. */
const TIMEOUT_MS = 12_000;

/** Up to which level contracts are written here. The healer knows, for it hears everybody. */
@Controller('api/v1/upgrade')
export class UpgradeController {
  constructor(private readonly bus: Bus) {}

  @Get()
  @Requires('ops:read')
  show(): Promise<UpgradeState> {
    return this.ask('upgrade', {});
  }

  /** Raises it to what all read. From then on older versions refuse to start. */
  @Post('finish')
  @HttpCode(200)
  @Requires('ops:admin')
  finish(@Res({ passthrough: true }) response: Response): Promise<UpgradeState> {
    return this.ask('upgrade-finish', { by: callerOf(response).principal });
  }

  private async ask(query: string, body: object): Promise<UpgradeState> {
    const answer = await this.bus
      .request<UpgradeState | { problem: Problem }>(subjects.query('healer', query, 'gateway'), body, TIMEOUT_MS)
      .catch(() => {
        throw new Rejection('busy', { detail: 'The healer does not answer.', retryAfterMs: 1_000 });
      });
    if ('problem' in answer) throw rejectionOf(answer.problem);
    return answer;
  }
}
