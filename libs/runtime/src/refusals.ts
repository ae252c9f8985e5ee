import { cleanData } from '@agencyos/contracts';
import type { DataSource } from 'typeorm';
import type { Refusal } from './commands/command-host.js';
import { pause } from './background.js';

const KEPT_IN_MEMORY = 10_000;

/** Audit rows of refused commands, written in batches beside the command path. */
export class Refusals {
  private queue: Refusal[] = [];

  constructor(private readonly database: DataSource) {}

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
      await this.database.query(
        `INSERT INTO refusal (command_id, type, stream, actor, code, correlation_id)
         SELECT "commandId", type, stream, actor, code, "correlationId" FROM jsonb_to_recordset($1::jsonb)
           AS r("commandId" uuid, type text, stream text, actor text, code text, "correlationId" text)`,
        [JSON.stringify(batch)],
      );
    } catch (error) {
      this.queue.unshift(...batch.slice(0, KEPT_IN_MEMORY - this.queue.length));
      throw error;
    }
  }
}
