import { cleanData } from '@agencyos/contracts';
import { describeError, pause } from './background.js';
import type { Logger } from './logger.js';
import { isTransient } from './transient.js';

const KEPT_IN_MEMORY = 10_000;
const WRITTEN_TOGETHER = 1_000;
const WRITE_EVERY_MS = 250;

/** Audit rows, written in batches beside what they tell of. They wait while the database is away. */
export class AuditRows<R extends object> {
  private queue: R[] = [];

  constructor(
    private readonly insert: (rows: R[]) => Promise<unknown>,
    private readonly logger: Pick<Logger, 'error'>,
  ) {}

  add(row: R): void {
    if (this.queue.length < KEPT_IN_MEMORY) this.queue.push(cleanData(row));
  }

  /** Until the signal aborts; what is there then is written, too. */
  async write(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(WRITE_EVERY_MS, signal);
      await this.flush();
    }
  }

  async flush(): Promise<void> {
    const batch = this.queue.splice(0, WRITTEN_TOGETHER);
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
  private async insertOneByOne(batch: readonly R[]): Promise<void> {
    for (const row of batch) {
      await this.insert([row]).catch((error: unknown) =>
        this.logger.error({ ...row, error: describeError(error) }, 'an audit row was not stored'),
      );
    }
  }
}
