import { postgresOf } from '@agencyos/supervisor';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

const e2e = join(import.meta.dirname, '..');
const root = join(e2e, '..');
const TIMES = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00)/g;

/**
 * A data folder as the installation of a release left it, stopped a moment ago: all its times are moved by the same
 * span, so that what was due in an hour still is.
 */
export async function olderInstallation(release: string): Promise<string> {
  const cache = join(root, '.cache', 'e2e');
  await mkdir(cache, { recursive: true });
  const dataDir = join(await mkdtemp(join(cache, 'upgrade-')), 'data');
  const sql = await readFile(join(e2e, 'upgrade', release, 'database.sql'), 'utf8');
  const stoppedAt = /^-- (\S+)/.exec(sql)![1]!;
  const moved = Date.now() - Date.parse(stoppedAt);
  const postgres = await postgresOf(dataDir, root);
  const client = new pg.Client({ connectionString: postgres.url });
  try {
    await client.connect();
    await empty(client);
    await client.query(sql.replace(TIMES, (time) => later(time, moved)));
  } finally {
    await client.end();
    await postgres.stop();
  }
  return dataDir;
}

/** Without what the present build prepares in every database: releases of before did not. */
async function empty(client: pg.Client): Promise<void> {
  type Named = { name: string };
  const schemas = await client.query<Named>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$|public$)'`,
  );
  for (const { name } of schemas.rows) await client.query(`DROP SCHEMA ${client.escapeIdentifier(name)} CASCADE`);
  const roles = await client.query<Named>(
    `SELECT rolname AS name FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> current_user`,
  );
  for (const { name } of roles.rows) {
    const role = client.escapeIdentifier(name);
    await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
}

/** The same form, so that what is compared as text still can be. */
function later(time: string, ms: number): string {
  const moved = new Date(Date.parse(time.replace(' ', 'T').replace('+00', 'Z')) + ms).toISOString();
  return time.includes('T') ? moved : moved.replace('T', ' ').replace('Z', '+00');
}

/** Which events its log held, in their order. */
export async function olderLog(release: string): Promise<{ id: string; type: string; stream: string; revision: number }[]> {
  const text = await readFile(join(e2e, 'upgrade', release, 'log.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map(
      (line) => (JSON.parse(line) as { body: { kind: string; id: string; type: string; stream: string; revision: number } }).body,
    )
    .filter(({ kind }) => kind === 'event');
}
