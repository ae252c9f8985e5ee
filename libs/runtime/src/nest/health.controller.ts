import { Controller, Get, Header, HttpCode, Inject, Res } from '@nestjs/common';
import { Metrics } from '../metrics.js';
import { Readiness } from '../readiness.js';
import { Requires } from './permission.js';

interface Response {
  status(code: number): Response;
  json(body: unknown): void;
}

/** Liveness asks nothing but the event loop: a dependency's blip must not restart us. */
@Controller()
export class HealthController {
  constructor(
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  @HttpCode(200)
  @Requires('public')
  live() {
    return { status: 'ok' };
  }

  /** Asked until it says yes; what is away later is no reason to start again. */
  @Get('health/started')
  @Requires('public')
  started(@Res() response: Response) {
    answer(response, this.readiness.started ? [] : ['start']);
  }

  @Get('health/ready')
  @Requires('public')
  async ready(@Res() response: Response) {
    answer(response, await this.readiness.missing());
  }

  /** Whether this process works, whatever became of the others: what a restart of it is judged by. */
  @Get('health/self')
  @Requires('public')
  async self(@Res() response: Response) {
    answer(response, await this.readiness.missing('self'));
  }

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Requires('figures')
  prometheus(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}

function answer(response: Response, missing: string[]): void {
  response.status(missing.length === 0 ? 200 : 503).json({ status: missing.length === 0 ? 'ok' : 'waiting', missing });
}
