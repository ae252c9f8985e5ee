import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createLogger, migrateEventStore, openDatabase, PostgresEventStore, readConfig } from '@agencyos/runtime';
import { KurrentDbEventStore } from '@agencyos/runtime/kurrentdb';
import { exportLog, importLog, type TransferProgress } from '@agencyos/runtime/log-transfer';
import { assertOwnDatabase, postgresOf } from '@agencyos/supervisor';
import { Pool } from 'pg';

const NAME = 'log-transfer';
const projectRoot = fileURLToPath(new URL('../../../../', import.meta.url));

export interface Transfer {
  verb: 'export' | 'import';
  file: string;
  /** The installation's data folder, where DATABASE_URL names no PostgreSQL. */
  dataDir: string;
}

/** @throws TypeError on a command line that is not understood */
export function readTransfer(argv: string[]): Transfer {
  const options = { 'data-dir': { type: 'string', default: '.agencyos' } } as const;
  const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true });
  const [verb, file, ...more] = positionals;
  if ((verb !== 'export' && verb !== 'import') || !file || more.length > 0) {
    throw new TypeError('agencyos log export FILE, or agencyos log import FILE');
  }
  return { verb, file: resolve(file), dataDir: resolve(values['data-dir']) };
}

/**
 * Exports or imports the log that DATABASE_URL and KURRENTDB_URL name; without DATABASE_URL everything else is in the
 * data folder's own PostgreSQL. Only an import makes what is not there.
 * @returns how much the file holds
 */
export async function transfer(
  { verb, file, dataDir }: Transfer,
  environment: NodeJS.ProcessEnv,
  report: (progress: TransferProgress) => void,
): Promise<TransferProgress> {
  if (verb === 'export' && !environment['DATABASE_URL']) assertOwnDatabase(dataDir);
  const own = environment['DATABASE_URL'] ? undefined : await postgresOf(dataDir, projectRoot);
  const url = own?.url ?? environment['DATABASE_URL']!;
  const pool = new Pool({ connectionString: url, application_name: NAME, max: 4 });
  pool.on('error', () => undefined);
  const kurrentdbUrl = environment['KURRENTDB_URL'];
  const store = kurrentdbUrl ? new KurrentDbEventStore({ url: kurrentdbUrl, pool }) : new PostgresEventStore({ url, name: NAME });
  const prepareService = async (name: string) => {
    const config = readConfig(name, { DATABASE_URL: url, LOG_LEVEL: 'warn' });
    await (await openDatabase(config, createLogger(config))).destroy();
  };
  try {
    if (verb === 'export') await assertLog(pool);
    await migrateEventStore(pool);
    return await (verb === 'export'
      ? exportLog(file, { store, pool, report })
      : importLog(file, { store, pool, prepareService, report }));
  } finally {
    await store.close();
    await pool.end();
    await own?.stop();
  }
}

/** A database without a log is not the one that was meant; nothing is made in it. */
async function assertLog(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ log: string | null }>("SELECT to_regclass('eventstore.events') AS log");
  if (!rows[0]!.log) throw new Error('DATABASE_URL names a database that holds no log: set it as for the installation’s start.');
}
