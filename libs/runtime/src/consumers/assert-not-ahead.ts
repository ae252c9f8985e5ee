import type { DataSource } from 'typeorm';
import { type EventStore, PositionBeyondLog } from '../event-store/event-store.js';

/**
 * Refuses to start on a log that ends before what was read of it: it was restored from an older copy. A reader
 * would wait in silence until the log has grown, and miss everything up to there.
 * @throws PositionBeyondLog
 */
export async function assertNotAhead(database: DataSource, store: EventStore): Promise<void> {
  const [row] = (await database.query(
    'SELECT max(position)::text AS position FROM (SELECT position FROM consumer UNION ALL SELECT position FROM projection) read',
  )) as { position: string | null }[];
  const position = BigInt(row?.position ?? 0);
  if (position === 0n) return;
  const head = await store.head();
  if (position > head) throw new PositionBeyondLog(position, head);
}
