import type { Fact, ViewHead, ViewPage } from '@agencyos/contracts';
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
  await query(
    runner,
    'INSERT INTO consumer (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = $2',
    [consumer, String(position)],
  );
}

export interface MemoryChange {
  key: string;
  /** undefined = deleted */
  value: unknown;
}

export async function readMemory(runner: Runner, consumer: string, key: string): Promise<unknown> {
  const [row] = await query<{ value: unknown }>(runner, 'SELECT value FROM memory WHERE consumer = $1 AND key = $2', [consumer, key]);
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

export async function park(runner: Runner, consumer: string, fact: Fact, cause: string): Promise<void> {
  await query(
    runner,
    `INSERT INTO parked (consumer, position, stream, fact, cause) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (consumer, position) DO UPDATE SET cause = excluded.cause, parked_at = clock_timestamp()`,
    [consumer, fact.position, fact.stream, JSON.stringify(fact), cause],
  );
}

export async function parkedFacts(runner: Runner, consumer?: string): Promise<ParkedFact[]> {
  return query<ParkedFact>(
    runner,
    `SELECT consumer, position::text, stream, fact, cause, parked_at AS "parkedAt" FROM parked
     WHERE $1::text IS NULL OR consumer = $1 ORDER BY consumer, parked.position LIMIT 1000`,
    [consumer ?? null],
  );
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
  const [head] = await query<{ epoch: string; revision: string | null }>(
    runner,
    `SELECT p.epoch, h.revision FROM projection p
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
