import { cleanData } from '@agencyos/contracts';
import { Background, describeError, Logger, pause } from '@agencyos/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';

const KEPT_IN_MEMORY = 10_000;
/** Strangers cannot fill the table: of them so many rows a minute are kept, and then how many there were. */
const STRANGERS_A_MINUTE = 60;
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
  private queue: (Access & { at: string })[] = [];
  private readonly usedTokens = new Set<string>();
  private strangers = { count: 0, since: 0 };

  constructor(
    private readonly database: DataSource,
    private readonly background: Background,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.background.run('access-log', async (signal) => {
      await this.database.query(
        `DELETE FROM access_log WHERE at < clock_timestamp() - make_interval(days => ${KEPT_DAYS})`,
      );
      while (!signal.aborted) {
        await pause(250, signal);
        await this.flush();
      }
    });
  }

  record(access: Access): void {
    if (access.actor === 'unknown' && this.tooManyStrangers()) return;
    if (this.queue.length >= KEPT_IN_MEMORY) return;
    this.queue.push({ ...cleanData(access), at: new Date().toISOString() });
  }

  /** Once per token and day. */
  recordToken(tokenId: string, actor: string, address: string, correlationId: string): void {
    const key = `${tokenId} ${Math.floor(Date.now() / DAY_MS)}`;
    if (this.usedTokens.has(key)) return;
    if (this.usedTokens.size >= MOST_TOKENS) this.usedTokens.clear();
    this.usedTokens.add(key);
    this.record({ actor, what: 'token', outcome: 'ok', subject: tokenId, address, correlationId });
  }

  /** A row that cannot be stored takes no other with it. */
  async flush(): Promise<void> {
    const batch = this.queue.splice(0, 500);
    if (batch.length === 0) return;
    await this.insert(batch).catch(async () => {
      for (const one of batch) {
        await this.insert([one]).catch((error: unknown) =>
          this.logger.error({ ...one, error: describeError(error) }, 'an audit row was not stored'),
        );
      }
    });
  }

  private insert(rows: object[]): Promise<unknown> {
    return this.database.query(
      `INSERT INTO access_log (at, actor, what, outcome, subject, address, correlation_id)
       SELECT at, actor, what, outcome, left(subject, 300), address, "correlationId" FROM jsonb_to_recordset($1::jsonb)
         AS r(at timestamptz, actor text, what text, outcome text, subject text, address text, "correlationId" text)`,
      [JSON.stringify(rows)],
    );
  }

  private tooManyStrangers(): boolean {
    const now = performance.now();
    if (now - this.strangers.since > 60_000) this.strangers = { count: 0, since: now };
    this.strangers.count += 1;
    return this.strangers.count > STRANGERS_A_MINUTE;
  }
}
