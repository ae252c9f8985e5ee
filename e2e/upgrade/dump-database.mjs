// Writes a database as SQL that an empty PostgreSQL takes: schemas, functions, tables with their rows, indexes, triggers.
// The embedded PostgreSQL has no pg_dump; this knows what our migrations use and refuses what it does not know.
//
//   node e2e/upgrade/dump-database.mjs DATABASE_URL > database.sql
import pg from 'pg';

const OURS = `nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'`;
/** Sequences behind `serial` columns; those of identity columns come with their table. */
const sequence = 's.oid::regclass';
const serials = `
  FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace
    JOIN pg_depend d ON d.objid = s.oid AND d.deptype = 'a' AND d.refobjsubid > 0
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE s.relkind = 'S' AND ${OURS}`;

const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
try {
  // Types are written as they are called from everywhere.
  await client.query(`SET search_path = ''`);
  console.log(`-- ${new Date().toISOString()}`);
  for (const statement of await statements()) console.log(`${statement};`);
} finally {
  await client.end();
}

async function statements() {
  await refuse('views or partitions', `c.relkind NOT IN ('r', 'i', 't', 'S')`, 'pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace');
  await refuse('types', `t.typtype IN ('e', 'd')`, 'pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace');
  const tables = await rows(`
    SELECT c.oid, format('%I.%I', nspname, relname) AS name, c.relpersistence = 'u' AS unlogged, c.reloptions AS options
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind = 'r' AND ${OURS} ORDER BY 2`);
  return [
    // Functions name tables that come later.
    'SET check_function_bodies = off',
    ...(await lines(`SELECT format('CREATE SCHEMA IF NOT EXISTS %I', nspname) FROM pg_namespace n WHERE ${OURS} ORDER BY 1`)),
    ...(await lines(`SELECT format('CREATE SEQUENCE %s', ${sequence}) ${serials}`)),
    ...(await each(tables, createTable)),
    ...(await lines(`SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I', ${sequence}, d.refobjid::regclass, a.attname) ${serials}`)),
    ...(await lines(`
      SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${OURS} ORDER BY p.oid`)),
    ...(await each(tables, insertRows)).flat(),
    ...(await lines(`
      SELECT format('SELECT setval(%L, %s)', format('%I.%I', schemaname, sequencename), last_value)
      FROM pg_sequences WHERE last_value IS NOT NULL ORDER BY 1`)),
    ...(await lines(`
      SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(k.oid))
      FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
      WHERE contype IN ('p', 'u', 'c', 'f') AND ${OURS} ORDER BY contype = 'f', 1`)),
    ...(await lines(`
      SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE ${OURS} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) ORDER BY 1`)),
    ...(await lines(`
      SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT t.tgisinternal AND ${OURS} ORDER BY 1`)),
    'RESET check_function_bodies',
  ];
}

async function createTable({ oid, name, unlogged, options }) {
  const columns = await lines(
    `SELECT format('  %I %s', attname, format_type(atttypid, atttypmod))
       || CASE WHEN attidentity <> '' THEN ' GENERATED ' || CASE attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END || ' AS IDENTITY' ELSE '' END
       || CASE WHEN d.oid IS NULL THEN '' WHEN attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(adbin, adrelid))
            ELSE ' DEFAULT ' || pg_get_expr(adbin, adrelid) END
       || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
     FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [oid],
  );
  const settings = options ? ` WITH (${options.join(', ')})` : '';
  return `CREATE ${unlogged ? 'UNLOGGED ' : ''}TABLE ${name} (\n${columns.join(',\n')}\n)${settings}`;
}

async function insertRows({ oid, name }) {
  const columns = await lines(
    `SELECT format('%I', attname) FROM pg_attribute
     WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [oid],
  );
  const values = columns.map((column) => `coalesce(quote_literal(${column}::text), 'NULL')`).join(" || ', ' || ");
  return lines(`
    SELECT format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s)', $1::text, $2::text, ${values}) FROM ${name} ORDER BY 1`, [
    name, columns.join(', '),
  ]);
}

/** One after another: it is one connection. */
async function each(items, act) {
  const results = [];
  for (const item of items) results.push(await act(item));
  return results;
}

async function refuse(what, condition, from) {
  const [{ n }] = await rows(`SELECT count(*)::int AS n FROM ${from} WHERE ${condition} AND ${OURS}`);
  if (n > 0) throw new Error(`${n} ${what} are in this database: teach ${import.meta.filename} to write them`);
}

async function rows(sql, values) {
  return (await client.query(sql, values)).rows;
}

async function lines(sql, values) {
  return (await client.query({ text: sql, values, rowMode: 'array' })).rows.map(([line]) => line);
}
