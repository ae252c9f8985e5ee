import { Rejection } from '@agencyos/decider';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { GatewayConfig } from '../config.js';
import { GATEWAY_CONFIG } from '../tokens.js';

/** Of content, by an agent in a day. */
export const CONTENT_BYTES_A_DAY = 1024 * 1024 * 1024;

/**
 * What each agent has stored today (UTC, by the database's clock): one row an agent, for all gateways, over restarts.
 * People store as they need; what no event names is deleted after a day, whoever has stored it.
 */
@Injectable()
export class ContentQuota {
  constructor(
    private readonly database: DataSource,
    @Inject(GATEWAY_CONFIG) private readonly config: Pick<GatewayConfig, 'limits'>,
  ) {}

  /** Counts content before it is stored. @throws Rejection 429 when the agent has had its share of the day */
  async take(principal: string, bytes: number): Promise<void> {
    if (!this.config.limits || !principal.startsWith('agent:')) return;
    const [found] = await this.database.query<{ taken: number; leftMs: number }[]>(
      `WITH clock AS (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now),
         taken AS (
           INSERT INTO content_quota AS quota (principal, day, bytes)
           SELECT $1, now::date, $2 FROM clock WHERE $2::bigint <= $3::bigint
           ON CONFLICT (principal) DO UPDATE SET day = excluded.day,
             bytes = excluded.bytes + CASE WHEN quota.day = excluded.day THEN quota.bytes ELSE 0 END
           WHERE excluded.bytes + CASE WHEN quota.day = excluded.day THEN quota.bytes ELSE 0 END <= $3
           RETURNING 1
         )
       SELECT (SELECT count(*)::int FROM taken) AS taken,
         (extract(epoch FROM date_trunc('day', now) + interval '1 day' - now) * 1000)::int AS "leftMs" FROM clock`,
      [principal, bytes, CONTENT_BYTES_A_DAY],
    );
    if (found!.taken === 1) return;
    throw new Rejection(
      'quota_exceeded',
      {
        limit: CONTENT_BYTES_A_DAY,
        retryAfterMs: found!.leftMs,
        detail: `An agent stores at most ${CONTENT_BYTES_A_DAY} bytes a day (UTC).`,
      },
      429,
    );
  }
}
