import { cleanText, startOfText, type Fact, type ViewHead, type ViewPage } from '@agencyos/contracts';
import type { DataSource, EntityManager } from 'typeorm';

type Runner = DataSource | EntityManager;

const query = async <T>(runner: Runner, sql: string, parameters: unknown[] = []): Promise<T[]> =>
  (await runner.query(sql, parameters)) as T[];

/** Position that a consumer has handled; 0n before its first fact. */
export async function readPosition(runner: Runner, consumer: string): Promise<bigint> {
  const [row] = await query<{ position: string }>(runner, 'SELECT position FROM consumer WHERE name = $1', [consumer]);
  return row ? BigInt(row.position) : 0n;
}

export async function writePosition(runner: Runner, consumer: string, position: bigint): Promise<void> {
  await query(runner, 'INSERT INTO consumer (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = $2', [
    consumer,
    String(position),
  ]);
}

export interface MemoryChange {
  key: string;
  /** undefined = deleted */
  value: unknown;
}

export async function readMemory(runner: Runner, consumer: string, key: string): Promise<unknown> {
  const [row] = await query<{ value: unknown }>(runner, 'SELECT value FROM memory WHERE consumer = $1 AND key = $2', [
    consumer,
    key,
  ]);
  return row?.value;
}

export async function writeMemory(runner: Runner, consumer: string, changes: MemoryChange[]): Promise<void> {
  const puts = changes.filter(({ value }) => value !== undefined);
  const deletes = changes.filter(({ value }) => value === undefined).map(({ key }) => key);
  if (puts.length > 0) {
    await query(
      runner,
      `INSERT INTO memory (consumer, key, value)
       SELECT $1, key, value FROM jsonb_to_recordset($2::jsonb) AS change(key text, value jsonb)
       ON CONFLICT (consumer, key) DO UPDATE SET value = excluded.value`,
      [consumer, JSON.stringify(puts)],
    );
  }
  if (deletes.length > 0) await query(runner, 'DELETE FROM memory WHERE consumer = $1 AND key = ANY($2)', [consumer, deletes]);
}

export interface ParkedFact {
  consumer: string;
  position: string;
  stream: string;
  fact: Fact;
  cause: string;
  parkedAt: string;
}

/** Of a projection's epoch; reactions have none. */
interface Parking {
  epoch?: string;
  /** Still tried while others go on. */
  held?: boolean;
}

export async function park(
  runner: Runner,
  consumer: string,
  fact: Fact,
  cause: string,
  { epoch = '', held = false }: Parking = {},
): Promise<void> {
  await query(
    runner,
    `INSERT INTO parked (consumer, epoch, position, stream, fact, cause, held) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (consumer, epoch, position)
     DO UPDATE SET cause = excluded.cause, held = excluded.held, parked_at = clock_timestamp()`,
    [consumer, epoch, fact.position, fact.stream, JSON.stringify(fact), storable(cause), held],
  );
}

/** Messages quote what was refused, and so may hold what is refused. */
export const storable = (cause: string) => startOfText(cleanText(cause), 2_000);

/** Bytes of parked facts in one answer: NATS carries a megabyte. */
const LISTED_BYTES = 500_000;
/** A fact larger than this is listed without its data. */
const WHOLE_BYTES = 20_000;

/** What is parked, of every consumer, as much as one message carries; `total` says how many there are. */
export async function listParked(runner: Runner): Promise<{ parked: ParkedFact[]; total: number }> {
  const rows = await query<ParkedFact & { total: string }>(
    runner,
    `SELECT consumer, position::text, stream, cause, "parkedAt", total::text, fact FROM (
       SELECT *, count(*) OVER () AS total, sum(octet_length(fact::text) + octet_length(cause) + 300) OVER (ORDER BY consumer, position) AS bytes
       FROM (
         SELECT consumer, position, stream, cause, parked_at AS "parkedAt",
           CASE WHEN octet_length(fact::text) <= ${WHOLE_BYTES} THEN fact
           ELSE json_build_object('id', fact->'id', 'type', fact->'type', 'stream', fact->'stream', 'revision', fact->'revision') END AS fact
         FROM parked WHERE NOT held
       ) small
     ) counted
     WHERE bytes <= ${LISTED_BYTES} ORDER BY consumer, counted.position`,
  );
  return { parked: rows.map(({ total: _, ...fact }) => fact), total: Number(rows[0]?.total ?? 0) };
}

/** Parked facts of one consumer after a position, in order, some of them. */
export async function parkedPage(runner: Runner, consumer: string, after: string): Promise<ParkedFact[]> {
  return query<ParkedFact>(
    runner,
    `SELECT consumer, position::text, stream, fact, cause, parked_at AS "parkedAt" FROM parked
     WHERE consumer = $1 AND epoch = '' AND parked.position > $2 ORDER BY parked.position LIMIT 100`,
    [consumer, after],
  );
}

/** Streams of which a consumer has parked facts, and how many facts. */
export async function parkedStreams(runner: Runner, consumer: string): Promise<{ streams: string[]; facts: number }> {
  const rows = await query<{ stream: string; facts: string }>(
    runner,
    'SELECT stream, count(*)::text AS facts FROM parked WHERE consumer = $1 AND NOT held GROUP BY stream',
    [consumer],
  );
  return { streams: rows.map(({ stream }) => stream), facts: rows.reduce((sum, { facts }) => sum + Number(facts), 0) };
}

export async function isParked(runner: Runner, consumer: string, stream: string): Promise<boolean> {
  const rows = await query<object>(runner, 'SELECT FROM parked WHERE consumer = $1 AND stream = $2 LIMIT 1', [consumer, stream]);
  return rows.length > 0;
}

export async function unpark(runner: Runner, consumer: string, position: string): Promise<void> {
  await query(runner, 'DELETE FROM parked WHERE consumer = $1 AND position = $2', [consumer, position]);
}

/** One page of a view in its present epoch; rows in key order after `after`. Undefined: no such projection yet. */
export async function readViewPage(
  runner: Runner,
  projection: string,
  kind: string,
  id: string,
  after: string | undefined,
  limit: number,
): Promise<ViewPage | undefined> {
  const [head] = await query<{ epoch: string; revision: string | null; gap: string | null }>(
    runner,
    `SELECT p.epoch, h.revision,
       (SELECT min(g.position) FROM view_gap g WHERE g.epoch = p.epoch AND (g.kind, g.id) IN (($2, $3), ('', ''))) AS gap
     FROM projection p
     LEFT JOIN view_head h ON h.epoch = p.epoch AND h.kind = $2 AND h.id = $3
     WHERE p.name = $1 AND p.active`,
    [projection, kind, id],
  );
  if (!head) return undefined;
  const rows = await query<{ key: string; value: unknown }>(
    runner,
    `SELECT key, value FROM view_row WHERE epoch = $1 AND kind = $2 AND id = $3 AND key > $4 ORDER BY key LIMIT $5`,
    [head.epoch, kind, id, after ?? '', limit + 1],
  );
  const page = rows.slice(0, limit);
  return {
    kind,
    id,
    epoch: head.epoch,
    revision: Number(head.revision ?? 0),
    ...(head.gap !== null && { incompleteSince: Number(head.gap) }),
    rows: Object.fromEntries(page.map(({ key, value }) => [key, value])),
    ...(rows.length > limit && { next: page.at(-1)!.key }),
  };
}

/** Heads of one epoch's views that changed since so many seconds ago. */
export function headsChangedWithin(runner: Runner, epoch: string, seconds: number): Promise<ViewHead[]> {
  return query<ViewHead>(
    runner,
    `SELECT kind, id, epoch, revision::float8 AS "to" FROM view_head
     WHERE epoch = $1 AND changed_at > clock_timestamp() - make_interval(secs => $2)`,
    [epoch, seconds],
  );
}

/** Head of one view; one that has no rows yet stands at 0. */
export async function headOf(runner: Runner, epoch: string, { kind, id }: Pick<ViewHead, 'kind' | 'id'>): Promise<ViewHead> {
  const [head] = await query<{ to: number }>(
    runner,
    'SELECT revision::float8 AS "to" FROM view_head WHERE epoch = $1 AND kind = $2 AND id = $3',
    [epoch, kind, id],
  );
  return { kind, id, epoch, to: head?.to ?? 0 };
}

/** Heads of all views of one epoch, page by page. */
export async function* allHeads(runner: Runner, epoch: string): AsyncIterable<ViewHead[]> {
  let last: Pick<ViewHead, 'kind' | 'id'> | undefined = { kind: '', id: '' };
  while (last) {
    const page: ViewHead[] = await query<ViewHead>(
      runner,
      `SELECT kind, id, epoch, revision::float8 AS "to" FROM view_head
       WHERE epoch = $1 AND (kind, id) > ($2, $3) ORDER BY kind, id LIMIT 500`,
      [epoch, last.kind, last.id],
    );
    if (page.length > 0) yield page;
    last = page.at(-1);
  }
}
