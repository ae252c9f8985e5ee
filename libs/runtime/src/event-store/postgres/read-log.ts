import type { EventMetadata } from '@agencyos/contracts';
import type { Pool } from 'pg';
import type { LogPage, ReadAllOptions, RecordedEvent } from '../event-store.js';

const COLUMNS = 'e.position, e.stream, e.revision, e.id, e.type, e.schema, e.data, e.metadata';

interface EventRow {
  position: string;
  stream: string;
  revision: number;
  id: string;
  type: string;
  schema: number;
  data: Record<string, unknown>;
  metadata: EventMetadata;
}

const toEvent = ({
  position,
  stream,
  revision,
  id,
  type,
  schema,
  data,
  metadata,
}: EventRow): RecordedEvent => ({
  position: BigInt(position),
  stream,
  revision,
  id,
  type,
  schema,
  data,
  metadata,
});

/** At most `limit` events of a stream from a revision on. */
export async function readStream(
  pool: Pool,
  stream: string,
  fromRevision: number,
  limit: number,
): Promise<RecordedEvent[]> {
  const { rows } = await pool.query<EventRow>({
    name: 'read-stream',
    text: `SELECT ${COLUMNS} FROM eventstore.events e
      WHERE e.stream = $1 AND e.revision >= $2 ORDER BY e.revision LIMIT $3`,
    values: [stream, fromRevision, limit],
  });
  return rows.map(toEvent);
}

/**
 * One page of the log. When fewer than `limit` events came, everything up to the head has been seen; the head
 * is read in the same statement, hence the same snapshot, or an event committed in between would be passed over.
 */
export async function readPage(
  pool: Pool,
  after: bigint,
  { limit, categories }: ReadAllOptions,
): Promise<LogPage> {
  const { rows } = await pool.query<EventRow & { head: string }>(
    categories
      ? { name: 'read-categories', text: OF_CATEGORIES, values: [after, limit, categories] }
      : { name: 'read-all', text: OF_ALL, values: [after, limit] },
  );
  const events = rows.filter(({ id }) => id !== null).map(toEvent);
  const head = BigInt(rows[0]!.head);
  if (events.length >= limit) return { events, position: events.at(-1)!.position };
  return { events, position: head > after ? head : after };
}

const HEAD = 'SELECT coalesce(max(position), 0) AS head FROM eventstore.events';

const OF_ALL = `WITH log AS (${HEAD}) SELECT log.head, ${COLUMNS} FROM log LEFT JOIN LATERAL (
    SELECT * FROM eventstore.events WHERE position > $1 ORDER BY position LIMIT $2
  ) e ON true ORDER BY e.position`;

/** One ordered index scan per category, merged: `category = ANY (…)` would sort the whole rest of the log. */
const OF_CATEGORIES = `WITH log AS (${HEAD}), page AS (
    SELECT found.position FROM unnest($3::text[]) AS wanted(category), LATERAL (
      SELECT e.position FROM eventstore.events e
      WHERE e.category = wanted.category COLLATE "C" AND e.position > $1 ORDER BY e.position LIMIT $2
    ) found ORDER BY found.position LIMIT $2
  )
  SELECT log.head, ${COLUMNS} FROM log
  LEFT JOIN (page JOIN eventstore.events e ON e.position = page.position) ON true ORDER BY e.position`;
