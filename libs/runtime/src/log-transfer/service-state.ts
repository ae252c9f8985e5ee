import type { Pool, PoolClient } from 'pg';
import type { StateRow } from './transfer-line.js';

type Table = StateRow['table'];

/** Tables of a service whose rows stand at a position of the log or follow from what lies before it. */
const TABLES: Record<Table, { where?: string; positions: string[] }> = {
  consumer: { positions: ['position'] },
  memory: { positions: [] },
  timer: { positions: [] },
  // What a projection could not take it meets again.
  parked: { where: "epoch = ''", positions: ['position'] },
  checkpoint: { positions: ['position'] },
  cursor: { where: "name = 'steps'", positions: ['position'] },
};
/** Made from the log alone, so they are made again. */
const REBUILT = ['view_row', 'view_entry', 'view_head', 'view_gap', 'projection', 'snapshot'];

/** The rows of all services, as they stood together at one moment. */
export async function readServiceState(pool: Pool): Promise<StateRow[]> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const rows: StateRow[] = [];
    for (const { service, table } of await presentTables(client)) {
      const { where = 'true' } = TABLES[table];
      const found = await client.query<{ row: StateRow['row'] }>(
        `SELECT to_json(t) AS row FROM "${service}"."${table}" t WHERE ${where}`,
      );
      rows.push(...found.rows.map(({ row }) => ({ service, table, row: withTextPositions(table, row) })));
    }
    await client.query('COMMIT');
    return rows;
  } finally {
    client.release();
  }
}

/** Every position that the rows name, those of the facts in them included. */
export const positionsOf = ({ table, row }: StateRow): bigint[] => {
  const { position } = (row['fact'] ?? {}) as { position?: string };
  const columns = TABLES[table].positions.map((column) => BigInt(String(row[column])));
  return position ? [...columns, BigInt(position)] : columns;
};

/**
 * Replaces the services' rows by these, at the positions of the new log, and has every view made anew.
 * @param translate a position of the exported log → that of the same event, or the last one before it, here
 */
export async function restoreServiceState(
  pool: Pool,
  rows: readonly StateRow[],
  translate: (position: bigint) => bigint,
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    for (const { service, table } of await tablesNamed(client, REBUILT))
      await client.query(`DELETE FROM "${service}"."${table}"`);
    for (const { service, table } of await presentTables(client)) {
      const { where = 'true' } = TABLES[table];
      await client.query(`DELETE FROM "${service}"."${table}" WHERE ${table === 'parked' ? 'true' : where}`);
      const own = rows.filter((row) => row.service === service && row.table === table);
      await client.query(
        `INSERT INTO "${service}"."${table}" SELECT * FROM json_populate_recordset(NULL::"${service}"."${table}", $1)`,
        [JSON.stringify(own.map((row) => translated(row, translate)))],
      );
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

const presentTables = (client: PoolClient) => tablesNamed(client, Object.keys(TABLES) as Table[]);

/** The services' tables of these names that the database has: those of every schema that has a table `consumer`. */
async function tablesNamed<T extends string>(
  client: PoolClient,
  names: readonly T[],
): Promise<Array<{ service: string; table: T }>> {
  const { rows } = await client.query<{ service: string; table: T }>(
    `SELECT table_schema AS service, table_name AS table FROM information_schema.tables
     WHERE table_name = ANY ($1) AND table_schema IN
       (SELECT table_schema FROM information_schema.tables WHERE table_name = 'consumer')
     ORDER BY 1, 2`,
    [names],
  );
  return rows;
}

/** Positions can be larger than JSON's numbers. */
function withTextPositions(table: Table, row: StateRow['row']): StateRow['row'] {
  return { ...row, ...Object.fromEntries(TABLES[table].positions.map((name) => [name, String(row[name])])) };
}

function translated({ table, row }: StateRow, translate: (position: bigint) => bigint): StateRow['row'] {
  const position = (value: unknown) => String(translate(BigInt(String(value))));
  const moved = Object.fromEntries(TABLES[table].positions.map((name) => [name, position(row[name])]));
  const fact = row['fact'] as { position?: string } | undefined;
  return {
    // Files of before do not have these.
    ...(table === 'parked' && { epoch: '', held: false }),
    ...(table === 'timer' && { elapses: false }),
    ...row,
    ...moved,
    ...(fact?.position && { fact: { ...fact, position: position(fact.position) } }),
  };
}
