import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type EventStore, migrateEventStore, PostgresEventStore } from '@agencyos/runtime';
import { KurrentDbEventStore } from '@agencyos/runtime/kurrentdb';
import { postgresOf } from '@agencyos/supervisor';
import { Pool } from 'pg';

export const projectRoot = fileURLToPath(new URL('../../../../', import.meta.url));

/** Of this program. */
export const release = (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
  .version;

/** Where an installation has its log and everything else. */
export interface Databases {
  url: string;
  pool: Pool;
  store: EventStore;
  close(): Promise<void>;
}

/** Those that DATABASE_URL and KURRENTDB_URL name; without DATABASE_URL the data folder's own PostgreSQL. */
export async function openDatabases(dataDir: string, environment: NodeJS.ProcessEnv, name: string): Promise<Databases> {
  const own = environment['DATABASE_URL'] ? undefined : await postgresOf(dataDir, projectRoot);
  const url = own?.url ?? environment['DATABASE_URL']!;
  const pool = new Pool({ connectionString: url, application_name: name, max: 4 });
  pool.on('error', () => undefined);
  const kurrentdbUrl = environment['KURRENTDB_URL'];
  const store = kurrentdbUrl ? new KurrentDbEventStore({ url: kurrentdbUrl, pool }) : new PostgresEventStore({ url, name });
  const close = async () => {
    await store.close();
    await pool.end();
    await own?.stop();
  };
  try {
    if (name === RESTORE) await migrateEventStore(pool);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, pool, store, close };
}

export const BACKUP = 'backup';
export const RESTORE = 'restore';
