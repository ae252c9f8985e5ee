import pg from 'pg';

/** A statement on a connection in a transaction of its own. */
export type Query = <T>(sql: string, values?: unknown[]) => Promise<T[]>;

export type TextRow = Record<string, string | null>;

export interface ServiceTable {
  service: string;
  table: string;
}

/** Made from the log again, or of people who sign in again, or of the machine. All other tables of a service are kept. */
const LEFT_OUT = [
  ...['view_row', 'view_entry', 'view_head', 'view_gap', 'projection', 'migration', 'refusal', 'snapshot'],
  ...['named_content', 'content_position'],
  ...['session', 'ticket', 'device_login'],
];
/** Of these only some rows: what a projection could not take it meets again, the journal is the data folder's. */
const KEPT_ROWS: Record<string, string> = { parked: "epoch = ''", cursor: "name = 'steps'" };
/** Columns that name a position of the log. */
const POSITIONS: Record<string, string> = {
  consumer: 'position',
  parked: 'position',
  checkpoint: 'position',
  cursor: 'position',
};
/** Columns with a fact, which names its own. */
const FACTS: Record<string, string> = { parked: 'fact', timer: 'fact' };
const FETCHED = 500;

/** The services' tables that are kept, those without foreign keys first. */
export function keptTables(query: Query): Promise<ServiceTable[]> {
  return query<ServiceTable>(
    `SELECT n.nspname AS service, c.relname AS table FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.relname <> ALL ($1)
       AND n.oid IN (SELECT relnamespace FROM pg_class WHERE relname = 'consumer' AND relkind = 'r')
     ORDER BY (SELECT count(*) FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f'), 1, 2`,
    [LEFT_OUT],
  );
}

/** The rows of a table that are kept, some at a time. */
export async function* readRows(query: Query, { service, table }: ServiceTable): AsyncGenerator<TextRow> {
  const columns = (await columnsOf(query, { service, table })).map(({ name }) => {
    const quoted = pg.escapeIdentifier(name);
    return `${quoted}::text AS ${quoted}`;
  });
  yield* fetched<TextRow>(
    query,
    `SELECT ${columns.join(', ')} FROM ${nameOf({ service, table })} WHERE ${KEPT_ROWS[table] ?? 'true'}`,
  );
}

/** The rows of a question through a cursor. */
export async function* fetched<T>(query: Query, sql: string): AsyncGenerator<T> {
  await query(`DECLARE kept NO SCROLL CURSOR FOR ${sql}`);
  for (;;) {
    const rows = await query<T>(`FETCH ${FETCHED} FROM kept`);
    yield* rows;
    if (rows.length < FETCHED) break;
  }
  await query('CLOSE kept');
}

/** Every position that a row names. */
export function positionsIn(table: string, row: TextRow): bigint[] {
  const column = row[POSITIONS[table] ?? ''];
  const inFact = factOf(table, row)?.position;
  return [column, inFact].flatMap((position) => (position ? [BigInt(position)] : []));
}

/** The row at the positions of another log. */
export function moved(table: string, row: TextRow, translate: (position: bigint) => bigint): TextRow {
  const there = (position: string) => String(translate(BigInt(position)));
  const [column, fact] = [POSITIONS[table], factOf(table, row)];
  const position = column === undefined ? undefined : row[column];
  return {
    ...row,
    ...(position && { [column!]: there(position) }),
    ...(fact?.position && { [FACTS[table]!]: JSON.stringify({ ...fact, position: there(fact.position) }) }),
  };
}

/** Removes the rows that are replaced by those of a backup. */
export async function clear(query: Query, tables: readonly ServiceTable[]): Promise<void> {
  for (const table of tables.toReversed()) await query(`DELETE FROM ${nameOf(table)}`);
}

/** Puts rows of one table; a column that the backup has not, being older, has its default. */
export async function insertRows(query: Query, table: ServiceTable, rows: readonly TextRow[]): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const columns = (await columnsOf(query, table)).filter(({ name }) => name in first);
  const names = columns.map(({ name }) => pg.escapeIdentifier(name));
  await query(
    `INSERT INTO ${nameOf(table)} (${names.join(', ')}) OVERRIDING SYSTEM VALUE
     SELECT ${columns.map(({ type }, n) => `r.${names[n]}::${type}`).join(', ')}
     FROM json_to_recordset($1) AS r(${names.map((name) => `${name} text`).join(', ')})`,
    [JSON.stringify(rows)],
  );
}

/** Rows that come have numbers of their own, behind those that were put. */
export async function setSequences(query: Query, tables: readonly ServiceTable[]): Promise<void> {
  for (const table of tables) {
    for (const { name, identity } of await columnsOf(query, table)) {
      if (!identity) continue;
      await query(
        `SELECT setval(pg_get_serial_sequence($1, $2), (SELECT max(${pg.escapeIdentifier(name)}) FROM ${nameOf(table)}))`,
        [nameOf(table), name],
      );
    }
  }
}

function columnsOf(query: Query, { service, table }: ServiceTable) {
  return query<{ name: string; type: string; identity: boolean }>(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attidentity <> '' AS identity
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     ORDER BY a.attnum`,
    [service, table],
  );
}

const nameOf = ({ service, table }: ServiceTable) => `${pg.escapeIdentifier(service)}.${pg.escapeIdentifier(table)}`;

function factOf(table: string, row: TextRow): { position?: string } | undefined {
  const text = row[FACTS[table] ?? ''];
  return text ? (JSON.parse(text) as { position?: string }) : undefined;
}
