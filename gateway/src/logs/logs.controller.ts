import { agentSender, Id, type TaskLogPage, TaskLogQuery, type TaskRow } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { ContentStore, Requires } from '@agencyos/runtime';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { callerOf } from '../http/auth.guard.js';
import { parseBody } from '../http/body.js';
import { Costs } from '../http/rate-limits.js';
import { Sight } from '../sight/sight.js';
import { ViewFeed } from '../views/view-feed.js';
import { type LogCursor, PageOfBatches, pageOfText, readCursor, writeCursor } from './pure/log-page.js';
import { LogStream } from './log-stream.js';

/** The log of one attempt: from the content store once it has ended, from the stream of the workers before. */
@Controller('api/v1/runs')
export class LogsController {
  constructor(
    private readonly views: ViewFeed,
    private readonly content: ContentStore,
    private readonly stream: LogStream,
    private readonly sight: Sight,
  ) {}

  @Get(':runId/log')
  @Requires('run:read')
  @Costs(5)
  async log(
    @Param('runId') runId: string,
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TaskLogPage> {
    if (!Id.safeParse(runId).success)
      throw new Rejection('malformed_id', { field: 'runId', detail: 'The id of a run is a UUID.' }, 400);
    const { task: taskId, attempt: wanted, cursor: at } = parseBody(TaskLogQuery, query);
    const cursor = readCursor(at);
    await this.sight.require(callerOf(response), { runId }, 'view');
    const view = await this.views.cache.get('run', runId);
    const task = view.rows.get(`task/${taskId}`) as TaskRow | undefined;
    if (view.rows.size === 0) throw new Rejection('not_found', { detail: 'There is no such run.' });
    if (!task) throw new Rejection('not_found', { detail: `There is no task ${taskId} in run ${runId}.` });
    const attempt = wanted === undefined ? (task.attempts.at(-1)?.attempt ?? 0) : Number(wanted);
    const found = task.attempts.find((one) => one.attempt === attempt);
    if (wanted !== undefined && !found) throw new Rejection('not_found', { detail: `${taskId} has had no attempt ${attempt}.` });
    response.setHeader('Cache-Control', 'no-store');
    const page = found?.logs
      ? await this.stored(found.logs.digest, cursor)
      : found?.holder?.startsWith('agent:')
        ? await this.streamed(runId, agentSender(found.holder.slice('agent:'.length)), { taskId, attempt }, cursor)
        : { first: 0, lines: [], cursor, more: false };
    return {
      ...{ taskId, attempt, first: page.first, lines: page.lines, cursor: writeCursor(page.cursor) },
      more: page.more,
      running: !found || found.outcome === 'running',
      ...(found?.logs && { content: found.logs }),
    };
  }

  private async stored(digest: string, cursor: LogCursor) {
    const kept = await this.content.get(digest);
    if (!kept) throw new Rejection('not_found', { detail: 'The log is not in the content store (any more).' });
    return pageOfText(kept.bytes, cursor);
  }

  private async streamed(runId: string, sender: string, wanted: { taskId: string; attempt: number }, cursor: LogCursor) {
    const page = new PageOfBatches(wanted, cursor);
    const left = await this.stream.read(runId, sender, cursor.sequence, ({ batch, sequence }) => page.add(batch, sequence));
    return { first: page.first, lines: page.lines, cursor: page.cursor, more: left || page.cut };
  }
}
