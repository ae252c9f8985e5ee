import { type EventStore, PositionBeyondLog } from '@agencyos/runtime';
import type { DataSource } from 'typeorm';
import { digestsIn, NamedContent } from './named-content.js';

const PAGE = 200;
/** Each up to 16 MiB, and a statement has ten seconds. */
const BATCH = 100;

export interface Collected {
  contents: number;
  bytes: number;
}

/**
 * Deletes content that no event names and that nobody has stored or asked for within a day, by the database's clock. Who
 * is about to name some asks for it first (`ContentStore.has`), so it cannot go in between.
 */
export class ContentCollector {
  private readonly named: NamedContent;

  constructor(
    private readonly store: EventStore,
    private readonly database: DataSource,
  ) {
    this.named = new NamedContent(database);
  }

  /** Nothing goes before the whole log was read. Whoever calls it must be the only one among all replicas. */
  async collect(signal: AbortSignal): Promise<Collected> {
    const collected = { contents: 0, bytes: 0 };
    if (!(await this.readNames(signal))) return collected;
    while (!signal.aborted) {
      const { contents, bytes } = await this.deleteSome();
      collected.contents += contents;
      collected.bytes += bytes;
      if (contents < BATCH) break;
    }
    return collected;
  }

  /** @returns whether the log was read up to where it ended just now */
  private async readNames(signal: AbortSignal): Promise<boolean> {
    const [log, head] = [await this.store.identity(), await this.store.head()];
    let position = await this.named.position(log);
    if (position > head) throw new PositionBeyondLog(position, head);
    while (position < head) {
      const page = await this.store.readAll(position, { limit: PAGE });
      if (signal.aborted || page.position <= position) return false;
      await this.named.add(digestsIn(page.events), log, page.position);
      position = page.position;
    }
    return true;
  }

  /** The age is asked again of the row that goes: somebody may have touched it since it was chosen. */
  private async deleteSome(): Promise<Collected> {
    const rows: Collected[] = await this.database.query(
      `WITH gone AS (
        DELETE FROM eventstore.content
        WHERE stored_at < now() - interval '24 hours' AND digest IN (
          SELECT digest FROM eventstore.content stored
          WHERE stored_at < now() - interval '24 hours'
            AND NOT EXISTS (SELECT FROM relay.named_content named WHERE named.digest = stored.digest)
          LIMIT $1)
        RETURNING octet_length(bytes) AS bytes)
      SELECT count(*)::int AS contents, coalesce(sum(bytes), 0)::float8 AS bytes FROM gone`,
      [BATCH],
    );
    return rows[0]!;
  }
}
