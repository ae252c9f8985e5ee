import { windowAsked, type ViewPage, type WindowPage } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Requires } from '@agencyos/runtime';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { callerOf } from '../http/auth.guard.js';
import { costOfRows, RateLimits } from '../http/rate-limits.js';
import { parseBody } from '../http/body.js';
import { ServicesLink } from '../operations/services-link.js';
import { checkReadable, sightOf } from './readable.js';
import { seenView } from '../sight/seen-view.js';
import { Sight } from '../sight/sight.js';
import { ViewFeed } from './view-feed.js';

const { from: _, ...asked } = windowAsked;
const AskedWindow = z.strictObject(asked);
const USUAL_ROWS = 50;

@Controller('api/v1/views')
export class ViewsController {
  constructor(
    private readonly feed: ViewFeed,
    private readonly link: ServicesLink,
    private readonly limits: RateLimits,
    private readonly sight: Sight,
  ) {}

  @Get(':kind/:id')
  @Requires('session')
  async view(
    @Param('kind') kind: string,
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Omit<ViewPage, 'next'>> {
    const [unknown] = Object.keys(query);
    if (unknown !== undefined) {
      throw new Rejection('unknown_field', { field: unknown, detail: `There is no parameter ${unknown} here.` }, 400);
    }
    const caller = callerOf(response);
    checkReadable(kind, id, caller);
    this.checkLinked();
    const view = await seenView(this.sight, caller, await this.feed.cache.get(kind, id));
    if (view.revision === 0 && id !== 'all') throw new Rejection('not_found', { detail: `There is no ${kind} ${id}.` });
    this.limits.admit(caller.principal, 'read', costOfRows(view.rows.size));
    response.setHeader('Cache-Control', 'no-store');
    const { epoch, revision, incompleteSince, rows } = view;
    return {
      kind,
      id,
      epoch,
      revision,
      ...(incompleteSince !== undefined && { incompleteSince }),
      rows: Object.fromEntries(rows),
    };
  }

  /** `order`, `offset`, `limit` and `text`; any other parameter is a field, repeated for several values. */
  @Get(':kind/:id/window')
  @Requires('session')
  async window(
    @Param('kind') kind: string,
    @Param('id') id: string,
    @Query() query: Record<string, string | string[]>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WindowPage> {
    const caller = callerOf(response);
    checkReadable(kind, id, caller);
    const { order, text, offset, limit, ...fields } = query;
    const filter = Object.fromEntries(Object.entries(fields).map(([field, values]) => [field, [values].flat()]));
    const window = parseBody(AskedWindow, {
      limit: numberOf('limit', limit) ?? USUAL_ROWS,
      offset: numberOf('offset', offset),
      ...(order !== undefined && { order }),
      ...(text !== undefined && { text }),
      ...(Object.keys(filter).length > 0 && { filter }),
    });
    // Also what the parser leaves out, such as __proto__.
    sightOf(kind, { ...window, filter });
    this.sight.requireAll(caller);
    this.checkLinked();
    this.limits.admit(caller.principal, 'read', costOfRows(window.limit));
    response.setHeader('Cache-Control', 'no-store');
    return this.feed.readWindow(kind, id, window);
  }

  private checkLinked(): void {
    if (!this.link.cutOff) return;
    throw new Rejection('busy', {
      detail: 'Cut off from the services; what is known here may be old.',
      retryAfterMs: 1_000,
    });
  }
}

function numberOf(field: string, given: string | string[] | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'string' && /^-?\d{1,15}$/.test(given)) return Number(given);
  throw new Rejection('invalid', { field, detail: `${field}: one whole number is wanted, in digits.` });
}
