import { contexts, subjects } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Bus, Requires } from '@agencyos/runtime';
import { Body, Controller, Get, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { callerOf } from '../http/auth.guard.js';
import { parseBody } from '../http/body.js';
import { Sight } from '../sight/sight.js';

const TIMEOUT_MS = 5_000;
const Retry = z.strictObject({
  context: z.enum(contexts).optional(),
  consumer: z.string().max(100).optional(),
});

type Answer = Record<string, unknown> & { parked?: { stream: string }[]; problem?: unknown };

/** Facts that a consumer could not handle, and the later ones of their streams, waiting for a person. */
@Controller('api/v1/parked')
export class ParkedController {
  constructor(
    private readonly bus: Bus,
    private readonly sight: Sight,
  ) {}

  /** `silent` lists contexts that did not answer: what they hold is not shown. */
  @Get()
  @Requires('ops:operate')
  async list(@Res({ passthrough: true }) response: Response) {
    const answers = await Promise.all(
      contexts.map(async (context) => ({ context, answer: await this.ask(context, 'parked', {}) })),
    );
    const parked = answers.flatMap(({ context, answer }) => (answer?.parked ?? []).map((fact) => ({ context, ...fact })));
    const seen = await Promise.all(parked.map((fact) => this.sight.seesFact(callerOf(response), fact)));
    return {
      parked: parked.filter((_fact, index) => seen[index]),
      silent: answers.filter(({ answer }) => !answer?.parked).map(({ context }) => context),
    };
  }

  @Post('retry')
  @HttpCode(200)
  @Requires('ops:operate')
  async retry(@Body() body: unknown) {
    const { context, consumer } = parseBody(Retry, body);
    const asked = context ? [context] : contexts;
    const answers = await Promise.all(
      asked.map(async (name) => ({
        context: name,
        ...((await this.ask(name, 'parked-retry', { consumer })) ?? { silent: true }),
      })),
    );
    if (answers.every((answer) => 'silent' in answer)) throw new Rejection('busy', { detail: 'No service answered.' });
    return { results: answers };
  }

  private async ask(context: string, query: string, body: object): Promise<Answer | undefined> {
    try {
      return await this.bus.request<Answer>(subjects.query(context, query, 'gateway'), body, TIMEOUT_MS);
    } catch {
      return undefined;
    }
  }
}
