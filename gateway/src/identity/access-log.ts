import { AuditRows, Background, Logger, pause } from '@agencyos/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Of one actor, and of all strangers together, so many rows a minute are kept: nobody fills the table. */
const ROWS_A_MINUTE = 60;
const MOST_ACTORS = 10_000;
const MOST_TOKENS = 10_000;
const KEPT_DAYS = 180;
const DAY_MS = 24 * 60 * 60 * 1_000;

export interface Access {
  /** Who; `unknown` for a stranger. */
  actor: string;
  what: 'refused' | 'login' | 'token';
  /** `ok`, or the code of the refusal. */
  outcome: string;
  /** Route, login name or id of the token. */
  subject: string;
  address: string;
  correlationId: string;
}

/** Audit rows of what leaves no event: refusals at this door, log-ins, and the first use of each token a day. */
@Injectable()
export class AccessLog implements OnApplicationBootstrap {
  private readonly rows: AuditRows<Access & { at: string }>;
  private readonly usedTokens = new Set<string>();
  private readonly recent = new Map<string, { count: number; since: number }>();

  constructor(
    private readonly database: DataSource,
    private readonly background: Background,
    logger: Logger,
  ) {
    this.rows = new AuditRows((rows) => this.insert(rows), logger);
  }

  onApplicationBootstrap(): void {
    this.background.run('access-log', (signal) => this.rows.write(signal));
    this.background.run('access-log-age', async (signal) => {
      await this.database.query(`DELETE FROM access_log WHERE at < clock_timestamp() - make_interval(days => ${KEPT_DAYS})`);
      await pause(DAY_MS, signal);
    });
  }

  record(access: Access): void {
    if (this.hasTooMany(access.actor)) return;
    this.rows.add({ ...access, at: new Date().toISOString() });
  }

  /** Once per token and day. */
  recordToken(tokenId: string, actor: string, address: string, correlationId: string): void {
    const key = `${tokenId} ${Math.floor(Date.now() / DAY_MS)}`;
    if (this.usedTokens.has(key)) return;
    if (this.usedTokens.size >= MOST_TOKENS) this.usedTokens.clear();
    this.usedTokens.add(key);
    this.record({ actor, what: 'token', outcome: 'ok', subject: tokenId, address, correlationId });
  }

  flush(): Promise<void> {
    return this.rows.flush();
  }

  private insert(rows: object[]): Promise<unknown> {
    return this.database.query(
      `INSERT INTO access_log (at, actor, what, outcome, subject, address, correlation_id)
       SELECT at, actor, what, outcome, left(subject, 300), address, "correlationId" FROM jsonb_to_recordset($1::jsonb)
         AS r(at timestamptz, actor text, what text, outcome text, subject text, address text, "correlationId" text)`,
      [JSON.stringify(rows)],
    );
  }

  private hasTooMany(actor: string): boolean {
    const now = performance.now();
    const known = this.recent.get(actor);
    const present = known && now - known.since <= 60_000 ? known : { count: 0, since: now };
    present.count += 1;
    if (this.recent.size >= MOST_ACTORS) this.recent.clear();
    this.recent.set(actor, present);
    return present.count > ROWS_A_MINUTE;
  }
}
