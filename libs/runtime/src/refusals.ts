import { cleanData } from '@agencyos/contracts';
import type { DataSource } from 'typeorm';
import type { Refusal } from './commands/command-host.js';
import { describeError, pause } from './background.js';
import type { Logger } from './logger.js';
import { isTransient } from './transient.js';

const KEPT_IN_MEMORY = 10_000;

/** Audit rows of refused commands, written in batches beside the command path. */
export class Refusals {
  private queue: Refusal[] = [];

  constructor(
    private readonly database: Pick<DataSource, 'query'>,
    private readonly logger: Pick<Logger, 'error'>,
  ) {}

  readonly record = (refusal: Refusal): void => {
    if (this.queue.length < KEPT_IN_MEMORY) this.queue.push(cleanData(refusal));
  };

  async write(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(250, signal);
      await this.flush();
    }
  }

  async flush(): Promise<void> {
    const batch = this.queue.splice(0, 1_000);
    if (batch.length === 0) return;
    try {
      await this.insert(batch);
    } catch (error) {
      if (isTransient(error)) {
        this.queue.unshift(...batch.slice(0, KEPT_IN_MEMORY - this.queue.length));
        throw error;
      }
      await this.insertOneByOne(batch);
    }
  }

  /** A row that cannot be stored takes no other with it. */
  private async insertOneByOne(batch: Refusal[]): Promise<void> {
    for (const refusal of batch) {
      await this.insert([refusal]).catch((error: unknown) =>
        this.logger.error({ ...refusal, error: describeError(error) }, 'an audit row was not stored'),
      );
    }
  }

  private insert(batch: Refusal[]): Promise<unknown> {
    return this.database.query(
      `INSERT INTO refusal (command_id, type, stream, actor, code, correlation_id)
         SELECT "commandId", type, stream, actor, code, "correlationId" FROM jsonb_to_recordset($1::jsonb)
           AS r("commandId" uuid, type text, stream text, actor text, code text, "correlationId" text)`,
      [JSON.stringify(batch)],
    );
  }
}
