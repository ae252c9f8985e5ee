import { describeView, type ViewPage } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Requires } from '@agencyos/runtime';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { callerOf } from '../http/auth.guard.js';
import { costOfRows, RateLimits } from '../http/rate-limits.js';
import type { Caller } from '../identity/caller.js';
import { ServicesLink } from '../operations/services-link.js';
import { ViewFeed } from './view-feed.js';

const VIEW_ID = /^[A-Za-z0-9~-]{1,130}$/;

@Controller('api/v1/views')
export class ViewsController {
  constructor(
    private readonly feed: ViewFeed,
    private readonly link: ServicesLink,
    private readonly limits: RateLimits,
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
    if (this.link.cutOff) {
      throw new Rejection('busy', {
        detail: 'Cut off from the services; what is known here may be old.',
        retryAfterMs: 1_000,
      });
    }
    const view = await this.feed.cache.get(kind, id);
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
}

/** @throws Rejection */
export function checkReadable(kind: string, id: string, { permissions }: Pick<Caller, 'permissions'>): void {
  const definition = describeView(kind);
  if (!definition) throw new Rejection('not_found', { detail: `There is no view ${kind}.` });
  if (!VIEW_ID.test(id)) throw new Rejection('malformed_id', { field: 'id', detail: 'The id is not valid.' }, 400);
  if (!permissions.includes(definition.permission)) {
    throw new Rejection('forbidden', { detail: `The view ${kind} needs ${definition.permission}.` });
  }
}
