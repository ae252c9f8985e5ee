import type { DataSource } from 'typeorm';
import { AuditRows } from './audit-rows.js';
import type { RefusedCommand } from './commands/command-host.js';
import type { Logger } from './logger.js';

/** Audit rows of refused commands, written beside the command path. */
export class Refusals {
  private readonly rows: AuditRows<RefusedCommand>;

  constructor(
    private readonly database: Pick<DataSource, 'query'>,
    logger: Pick<Logger, 'error'>,
  ) {
    this.rows = new AuditRows((rows) => this.insert(rows), logger);
  }

  readonly record = (refusal: RefusedCommand): void => this.rows.add(refusal);

  write(signal: AbortSignal): Promise<void> {
    return this.rows.write(signal);
  }

  flush(): Promise<void> {
    return this.rows.flush();
  }

  private insert(rows: RefusedCommand[]): Promise<unknown> {
    return this.database.query(
      `INSERT INTO refusal (command_id, type, stream, actor, code, correlation_id)
       SELECT "commandId", type, stream, actor, code, "correlationId" FROM jsonb_to_recordset($1::jsonb)
         AS r("commandId" uuid, type text, stream text, actor text, code text, "correlationId" text)`,
      [JSON.stringify(rows)],
    );
  }
}
