import type { Pool } from 'pg';
import { rebindLog } from '../event-store/bound-log.js';
import type { EventStore } from '../event-store/event-store.js';
import type { TransferProgress } from './export-log.js';
import { EventRuns } from './event-runs.js';
import { positionsOf, restoreServiceState } from './service-state.js';
import { checkExport, readLines } from './transfer-file.js';
import type { StateRow } from './transfer-line.js';
import { TargetTaken, writeLog } from './write-log.js';

interface ImportOptions {
  store: EventStore;
  pool: Pool;
  /** Makes the tables of a service whose rows are in the file, where it has none yet. */
  prepareService(name: string): Promise<void>;
  report?(progress: TransferProgress): void;
}

/**
 * Reads an exported log into an empty one, in the same order, and sets every service where it stood; the views are
 * made anew from there. Can be repeated after an interruption: what is there already must be the file's own.
 * @throws BrokenExport before anything was written, TargetTaken
 */
export async function importLog(path: string, options: ImportOptions): Promise<TransferProgress> {
  const { store, pool, report } = options;
  const summary = await checkExport(path);
  await assertNobodyElse(pool);
  await takeInstallation(pool, summary.installationId);
  const state = await lastState(path);
  const runs = new EventRuns(store, new Set(state.flatMap(positionsOf)));

  const counts = await writeLog(readLines(path), runs, { store, pool, ...(report && { report }) });

  for (const service of new Set(state.map((row) => row.service))) await options.prepareService(service);
  await restoreServiceState(pool, state, (position) => runs.translate(position));
  await rebindLog(pool, await store.identity());
  return counts;
}

async function lastState(path: string): Promise<StateRow[]> {
  let rows: StateRow[] = [];
  for await (const line of readLines(path)) {
    if (line.kind === 'states') rows = [];
    if (line.kind === 'state') rows.push({ service: line.service, table: line.table, row: line.row });
  }
  return rows;
}

/** Services that run meanwhile would write into the log, and over their rows. */
export async function assertNobodyElse(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT DISTINCT application_name AS name FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'agencyos-%' ORDER BY 1`,
  );
  if (rows.length === 0) return;
  throw new TargetTaken(`stop the services first: ${rows.map(({ name }) => name).join(', ')} use this database`);
}

export async function takeInstallation(pool: Pool, id: string): Promise<void> {
  await pool.query('INSERT INTO eventstore.installation (id) VALUES ($1) ON CONFLICT DO NOTHING', [id]);
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM eventstore.installation');
  if (rows[0]!.id !== id) {
    throw new TargetTaken('the database belongs to another installation: import into an empty one, or its own');
  }
}
