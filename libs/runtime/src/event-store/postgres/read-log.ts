import type { EventMetadata } from '@agencyos/contracts';
import { type CustomTypesConfig, type Pool, types } from 'pg';
import type { LogPage, ReadAllOptions, RecordedEvent } from '../event-store.js';

/** An event whose JSON was not parsed yet: who shares one hands out copies that nobody else can change. */
export interface EventRow {
  position: bigint;
  stream: string;
  revision: number;
  id: string;
  type: string;
  schema: number;
  data: string;
  metadata: string;
}

const COLUMNS = 'e.position, e.stream, e.revision, e.id, e.type, e.schema, e.data, e.metadata';

const UNPARSED: CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text' | 'binary') => {
    if (oid === types.builtins.JSON) return (value: string) => value;
    if (oid === types.builtins.INT8) return BigInt;
    return types.getTypeParser(oid, format);
  }) as CustomTypesConfig['getTypeParser'],
};

/** Parses a row's data and metadata. */
export const toEvent = ({ data, metadata, ...row }: EventRow): RecordedEvent => ({
  ...row,
  data: JSON.parse(data) as Record<string, unknown>,
  metadata: JSON.parse(metadata) as EventMetadata,
});

/** At most `limit` events of a stream from a revision on. */
export async function readStream(pool: Pool, stream: string, fromRevision: number, limit: number): Promise<RecordedEvent[]> {
  const { rows } = await pool.query<EventRow>({
    name: 'read-stream',
    text: `SELECT ${COLUMNS} FROM eventstore.events e
      WHERE e.stream = $1 AND e.revision >= $2 ORDER BY e.revision LIMIT $3`,
    values: [stream, fromRevision, limit],
    types: UNPARSED,
  });
  return rows.map(toEvent);
}

/**
 * One page of the log. When fewer than `limit` events came, everything up to the head has been seen; the head
 * is read in the same statement, hence the same snapshot, or an event committed in between would be passed over.
 */
export async function readRows(
  pool: Pool,
  after: bigint,
  { limit, categories }: ReadAllOptions,
): Promise<{ rows: EventRow[]; position: bigint }> {
  const { rows } = await pool.query<EventRow & { head: bigint }>({
    ...(categories
      ? { name: 'read-categories', text: OF_CATEGORIES, values: [after, limit, categories] }
      : { name: 'read-all', text: OF_ALL, values: [after, limit] }),
    types: UNPARSED,
  });
  const { head } = rows[0]!;
  const found = rows.filter(({ id }) => id !== null).map(({ head: _, ...row }): EventRow => row);
  if (found.length >= limit) return { rows: found, position: found.at(-1)!.position };
  return { rows: found, position: head > after ? head : after };
}

/** {@link readRows}, parsed. */
export async function readPage(pool: Pool, after: bigint, options: ReadAllOptions): Promise<LogPage> {
  const { rows, position } = await readRows(pool, after, options);
  return { events: rows.map(toEvent), position };
}

/** Position of the log's last event. */
export async function readHead(pool: Pool): Promise<bigint> {
  const { rows } = await pool.query<{ head: bigint }>({ name: 'read-head', text: HEAD, types: UNPARSED });
  return rows[0]!.head;
}

const HEAD = 'SELECT coalesce(max(position), 0) AS head FROM eventstore.events';

const OF_ALL = `WITH log AS (${HEAD}) SELECT log.head, ${COLUMNS} FROM log LEFT JOIN LATERAL (
    SELECT * FROM eventstore.events WHERE position > $1 ORDER BY position LIMIT $2
  ) e ON true ORDER BY e.position`;

/**
 * One index scan per category, merged. `category = ANY (…)` would sort the whole rest of the log for each page;
 * with `category = …` the planner may walk the log by position instead and filter, which for a rare category
 * means all of it. Comparing rows leaves it nothing but the index on (category, position).
 */
const OF_CATEGORIES = `WITH log AS (${HEAD}), page AS (
    SELECT found.position FROM unnest($3::text[]) AS wanted(category), LATERAL (
      SELECT e.position FROM eventstore.events e
      WHERE (e.category, e.position) > (wanted.category COLLATE "C", $1::bigint)
        AND (e.category, e.position) <= (wanted.category COLLATE "C", 9223372036854775807)
      ORDER BY e.category, e.position LIMIT $2
    ) found ORDER BY found.position LIMIT $2
  )
  SELECT log.head, ${COLUMNS} FROM log
  LEFT JOIN (page JOIN eventstore.events e ON e.position = page.position) ON true ORDER BY e.position`;
