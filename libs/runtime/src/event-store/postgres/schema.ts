import type { Pool } from 'pg';
import { APPEND_FUNCTION } from './append-function.js';
import { FIRST_APPEND_FUNCTION } from './first-append-function.js';

/**
 * Schema `eventstore`, one entry per version; entries that were released are never edited.
 * Events are `json`, not `jsonb`: what was written is what is read, \u0000 and lone surrogates included.
 */
const MIGRATIONS = [
  `
CREATE TABLE eventstore.events (
  position bigint PRIMARY KEY,
  stream text COLLATE "C" NOT NULL,
  revision int NOT NULL,
  category text COLLATE "C" NOT NULL GENERATED ALWAYS AS (split_part(stream, '-', 1)) STORED,
  id uuid NOT NULL UNIQUE,
  type text NOT NULL,
  schema int NOT NULL,
  data json NOT NULL,
  metadata json NOT NULL,
  UNIQUE (stream, revision)
);
CREATE INDEX events_category ON eventstore.events (category, position);

CREATE FUNCTION eventstore.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'recorded events are never changed' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON eventstore.events
  FOR EACH STATEMENT EXECUTE FUNCTION eventstore.refuse_change();

CREATE TABLE eventstore.answers (
  command_id text COLLATE "C" PRIMARY KEY,
  digest text NOT NULL,
  stream text COLLATE "C" NOT NULL,
  revision int NOT NULL,
  position bigint NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX answers_age ON eventstore.answers USING brin (recorded_at);

CREATE TABLE eventstore.content (
  digest text COLLATE "C" PRIMARY KEY,
  bytes bytea NOT NULL,
  media_type text NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE eventstore.content ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE eventstore.installation (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  id uuid NOT NULL DEFAULT gen_random_uuid()
);
${FIRST_APPEND_FUNCTION}`,
  `
CREATE TABLE eventstore.bound_log (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  identity text NOT NULL
)`,
  `
ALTER TABLE eventstore.bound_log ADD COLUMN reached bigint NOT NULL DEFAULT 0`,
  // Rows of before name no principal; they are forgotten within a day.
  `
ALTER TABLE eventstore.answers ADD COLUMN principal text COLLATE "C" NOT NULL DEFAULT '';
${APPEND_FUNCTION}`,
];

const INSUFFICIENT_PRIVILEGE = '42501';
const MIGRATION_LOCK = '1095192403, 0';

/**
 * Brings the schema `eventstore` to the present version. Any number of processes may call it at once; where it is present
 * already, also one that may not change it.
 */
export async function migrateEventStore(pool: Pool): Promise<void> {
  if (await isEventStorePresent(pool)) return;
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await client.query(`CREATE SCHEMA IF NOT EXISTS eventstore;
      CREATE TABLE IF NOT EXISTS eventstore.migration (version int PRIMARY KEY, applied_at timestamptz DEFAULT now())`);
    const { rows } = await client.query<{ version: number }>(
      'SELECT coalesce(max(version), 0) AS version FROM eventstore.migration',
    );
    const present = rows[0]?.version ?? 0;
    for (const [index, statements] of MIGRATIONS.entries()) {
      if (index < present) continue;
      await client.query(statements);
      await client.query('INSERT INTO eventstore.migration (version) VALUES ($1)', [index + 1]);
    }
    await client.query('COMMIT');
  } catch (error) {
    failure = error as Error;
    if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
    const detail =
      'the schema eventstore is older than this program, and only its owner may change it: prepare the database first';
    throw new Error(detail, { cause: error });
  } finally {
    client.release(failure); // a connection in a failed transaction does not return to the pool
  }
}

/** Whether the schema `eventstore` is of this version, or of a later one. */
export const isEventStorePresent = async (pool: Pool): Promise<boolean> => (await presentVersion(pool)) >= MIGRATIONS.length;

async function presentVersion(pool: Pool): Promise<number> {
  const { rows: known } = await pool.query(`SELECT to_regclass('eventstore.migration') AS name`);
  if ((known[0] as { name: string | null }).name === null) return 0;
  const { rows } = await pool.query<{ version: number }>('SELECT coalesce(max(version), 0) AS version FROM eventstore.migration');
  return rows[0]!.version;
}

/** This installation's id (UUID), minted by whoever asks first. */
export async function installationId(pool: Pool): Promise<string> {
  await pool.query('INSERT INTO eventstore.installation DEFAULT VALUES ON CONFLICT DO NOTHING');
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM eventstore.installation');
  return rows[0]!.id;
}

/**
 * Forgets the answers to commands of more than 24 hours ago, at most 10,000 per call.
 * @returns how many it forgot
 */
export async function purgeAnswers(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(`DELETE FROM eventstore.answers WHERE command_id IN (
    SELECT command_id FROM eventstore.answers WHERE recorded_at < now() - interval '24 hours' LIMIT 10000)`);
  return rowCount ?? 0;
}
