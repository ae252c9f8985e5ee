import { migrateEventStore, PostgresEventStore } from '@agencyos/runtime';
import pg from 'pg';

/** The log of a system, for who writes into it past its services. */
export async function openLog(databaseUrl) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  pool.on('error', () => undefined);
  const store = new PostgresEventStore({ url: databaseUrl });
  const close = async () => {
    await store.close();
    await pool.end();
  };
  /** What was written counts as seen by kanban. */
  const passOver = async () => {
    const head = await store.head();
    for (const table of ['projection', 'consumer']) await pool.query(`UPDATE kanban.${table} SET position = $1`, [head]);
  };
  await migrateEventStore(pool).catch((error) => close().finally(() => Promise.reject(error)));
  return { pool, store, passOver, close };
}
