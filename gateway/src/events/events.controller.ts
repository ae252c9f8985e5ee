import {
  allEvents,
  describeEvent,
  EventsQuery,
  permissionsToRead,
  toCloudEvent,
  type CloudEvent,
  type EventsPage,
} from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { EventStore, Requires, RECORDED_LOG, RuntimeConfig, type RecordedEvent } from '@agencyos/runtime';
import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { callerOf } from '../http/auth.guard.js';
import { parseBody } from '../http/body.js';
import { Costs } from '../http/rate-limits.js';
import { Sight } from '../sight/sight.js';

const MOST_EVENTS = 500;
const MOST_BYTES = 4 * 1024 * 1024;

/** Facts of the past, as NATS publishes them: for subscribers, who hear live alone. */
@Controller('api/v1/events')
export class EventsController {
  constructor(
    @Inject(RECORDED_LOG) private readonly log: EventStore,
    private readonly config: RuntimeConfig,
    private readonly sight: Sight,
  ) {}

  @Get()
  @Requires('session')
  @Costs(5)
  async events(@Query() query: Record<string, unknown>, @Res({ passthrough: true }) response: Response): Promise<EventsPage> {
    const { context, after = '0' } = parseBody(EventsQuery, query);
    // Whoever may see what a context shows may read its facts.
    const needed = permissionsToRead(context);
    const caller = callerOf(response);
    const { permissions } = caller;
    if (needed.length === 0 || !needed.every((one) => permissions.includes(one)))
      throw new Rejection('forbidden', { detail: `The facts of ${context} need ${needed.join(' and ')}.` });
    response.setHeader('Cache-Control', 'no-store');
    const head = await this.log.head();
    if (BigInt(after) > head) {
      const detail = `The log ends at ${head}: it was restored from an older copy, or it is another one. Begin anew.`;
      throw new Rejection('invalid', { field: 'after', detail });
    }
    const categories = allEvents.filter((set) => set.context === context).map(({ aggregate }) => aggregate);
    const page = await this.log.readAll(BigInt(after), { limit: MOST_EVENTS, categories });
    const seen: RecordedEvent[] = [];
    for (const event of page.events) if (await this.sight.seesFact(caller, event)) seen.push(event);
    const events = this.fitting(seen);
    const position = events.length < seen.length ? BigInt(events.at(-1)!.position) : page.position;
    return { events: events as unknown as EventsPage['events'], position: String(position), more: position < head };
  }

  /** As many as one answer takes, and one at least. */
  private fitting(recorded: RecordedEvent[]): CloudEvent[] {
    const events: CloudEvent[] = [];
    let bytes = 0;
    for (const { position, ...fact } of recorded) {
      const context = describeEvent(fact.type)?.context ?? '';
      const event = toCloudEvent({ ...fact, context, position: String(position) }, this.config.installationId);
      bytes += JSON.stringify(event).length;
      if (bytes > MOST_BYTES && events.length > 0) break;
      events.push(event);
    }
    return events;
  }
}
