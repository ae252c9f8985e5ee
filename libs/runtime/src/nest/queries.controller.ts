import { Controller, Inject, type Type } from '@nestjs/common';
import { Ctx, MessagePattern, NatsContext, Payload } from '@nestjs/microservices';
import { dataFault, subjects } from '@agencyos/contracts';
import { Consumers } from '../consumers/consumers.js';
import { Views } from '../consumers/views.js';
import { problemOf, unfit } from '../problem.js';
import { Queries } from '../queries.js';
import { Readiness } from '../readiness.js';
import { Requires } from './permission.js';
import { Unreadable } from './plain-json.js';

/** Answers a context's view queries, its parked facts, and what its service adds. What a user may read is the gateway's to check. */
export function queriesController(context: string): Type {
  @Controller()
  class QueriesController {
    constructor(
      @Inject(Views) private readonly views: Views,
      @Inject(Consumers) private readonly consumers: Consumers,
      @Inject(Readiness) private readonly readiness: Readiness,
      @Inject(Queries) private readonly queries: Queries,
    ) {}

    @MessagePattern(subjects.query(context, '*', '*'))
    @Requires('internal')
    async answer(@Payload() query: unknown, @Ctx() nats: NatsContext): Promise<unknown> {
      const view = nats.getSubject().split('.')[3]!;
      try {
        if (query instanceof Unreadable) throw query.refusal;
        const fault = dataFault(query);
        if (fault) throw unfit(fault);
        if (view === 'ping') return { ok: true, consumers: this.consumers.states() };
        if (view === 'ready') return { missing: await this.readiness.missing('self') };
        if (view === 'parked') return await this.consumers.parked();
        if (view === 'parked-retry') return await this.consumers.retryParked(query);
        const own = this.queries.find(view);
        return own ? await own(query) : await this.views.answer(view, query);
      } catch (error) {
        return { problem: problemOf(error) };
      }
    }
  }
  return QueriesController;
}
