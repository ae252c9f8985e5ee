import { Pool } from 'pg';

/** Whether an installation has begun on the database that DATABASE_URL names; a restore that was cut off is none yet. */
export async function isTaken(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const pool = new Pool({ connectionString: environment['DATABASE_URL'], max: 1 });
  try {
    const { rows: tables } = await pool.query<{ name: string | null }>("SELECT to_regclass('eventstore.bound_log') AS name");
    if (!tables[0]!.name) return false;
    const { rows } = await pool.query<{ identity: string }>('SELECT identity FROM eventstore.bound_log');
    return rows.some(({ identity }) => !identity.startsWith('restoring'));
  } finally {
    await pool.end();
  }
}
