import type { Pool } from 'pg';
import { rebindLog } from '../event-store/bound-log.js';
import type { EventStore } from '../event-store/event-store.js';
import { EventRuns } from '../log-transfer/event-runs.js';
import { assertNobodyElse, takeInstallation } from '../log-transfer/import-log.js';
import { TargetTaken, writeLog } from '../log-transfer/write-log.js';
import type { BackupCounts, ViewsLine } from './backup-line.js';
import { linesOf, type BackupSummary, type OpenBackup } from './read-backup.js';
import { clear, insertRows, keptTables, moved, setSequences, type ServiceTable, type TextRow } from './service-tables.js';
import { queryOf } from './write-backup.js';

/** The views that were made from the restored log are not those of the backup. */
export class ViewsDiffer extends Error {
  override readonly name = 'ViewsDiffer';
}

/** A view of a service, and up to which position of the log it is to be made. */
export type WantedViews = Pick<ViewsLine, 'projection' | 'version' | 'position'>;

export interface RestoreTarget {
  store: EventStore;
  /** Of the database's owner. */
  pool: Pool;
  /** Makes a service's tables, and its views anew up to there. Those of another version are left to its start. */
  makeViews(service: string, wanted: WantedViews[]): Promise<ViewsLine[]>;
  report?(counts: Pick<BackupCounts, 'events' | 'contents'>): void;
}

const ROWS_TOGETHER = 500;
/** A database that says so belongs to no log: no service starts on it. */
const RESTORING = 'restoring';

/**
 * Restores a checked backup into an empty database and an empty log. Until `finish` is called no service starts there,
 * and it can be repeated with the same backup after an interruption.
 * @returns what makes it the installation's
 * @throws TargetTaken, ViewsDiffer
 */
export async function restoreBackup(
  open: OpenBackup,
  summary: BackupSummary,
  target: RestoreTarget,
): Promise<() => Promise<void>> {
  const { pool, store } = target;
  await assertNobodyElse(pool);
  await takeDatabase(pool, store, summary);
  const runs = await restoreLog(open, summary, target);
  await restoreServices(open, summary, target, (position) => runs.translate(position));
  return async () => rebindLog(pool, await store.identity());
}

async function takeDatabase(pool: Pool, store: EventStore, { head, digest }: BackupSummary): Promise<void> {
  const { rows } = await pool.query<{ identity: string }>('SELECT identity FROM eventstore.bound_log');
  const bound = rows[0]?.identity;
  if (bound === `${RESTORING} ${digest}`) return;
  if (bound?.startsWith(RESTORING))
    throw new TargetTaken('the restore of another backup was interrupted there: use a new database, or restore that one');
  const { events } = await store.readAll(0n, { limit: 1 });
  if (bound !== undefined || events.length > 0)
    throw new TargetTaken('the database holds an installation already: restore into an empty one');
  await takeInstallation(pool, head.installationId);
  await rebindLog(pool, `${RESTORING} ${digest}`);
}

async function restoreLog(
  open: OpenBackup,
  { positions }: BackupSummary,
  { store, pool, report }: RestoreTarget,
): Promise<EventRuns> {
  const runs = new EventRuns(store, positions);
  await writeLog(linesOf(open), runs, { store, pool, ...(report && { report }) });
  return runs;
}

async function restoreServices(
  open: OpenBackup,
  { views, services }: BackupSummary,
  { pool, makeViews }: RestoreTarget,
  translate: (position: bigint) => bigint,
): Promise<void> {
  // Also of those that have no views: their tables are made with them.
  for (const service of services) {
    const of = views.filter((one) => one.service === service);
    const wanted = of
      .filter(({ incomplete }) => !incomplete)
      .map(({ projection, version, position }) => ({
        ...{ projection, version },
        position: String(translate(BigInt(position))),
      }));
    assertEqual(of, await makeViews(service, wanted));
  }
  const client = await pool.connect();
  try {
    const query = queryOf(client);
    await query('BEGIN');
    const tables = await keptTables(query);
    await clear(query, tables);
    let batch: { table: ServiceTable; rows: TextRow[] } | undefined;
    const put = async () => batch && insertRows(query, batch.table, batch.rows);
    for await (const line of linesOf(open)) {
      if (line.kind === 'event') break; // no row comes behind it
      if (line.kind !== 'row') continue;
      const table = tables.find((one) => one.service === line.service && one.table === line.table);
      if (!table) continue; // of before, and not kept any more
      if (batch?.table !== table || batch.rows.length === ROWS_TOGETHER) {
        await put();
        batch = { table, rows: [] };
      }
      batch.rows.push(moved(line.table, line.row, translate));
    }
    await put();
    await setSequences(query, tables);
    await query('COMMIT');
  } finally {
    client.release(true);
  }
}

/** Those that were made here must be what they were there, row for row. */
function assertEqual(views: readonly ViewsLine[], made: readonly ViewsLine[]): void {
  for (const { service, projection, version, incomplete, digests } of views) {
    const here = made.find((one) => one.projection === projection && one.version === version);
    if (!here || incomplete) continue; // of another version: there is nothing to compare with
    for (const view of new Set([...digests, ...here.digests].map((one) => one.view))) {
      const [there, now] = [digests, here.digests].map((list) => list.find((one) => one.view === view));
      if (there?.digest === now?.digest) continue;
      throw new ViewsDiffer(
        `the view ${view} of ${service}/${projection} came to ${now?.rows ?? 0} rows that differ from the ${there?.rows ?? 0} of the backup`,
      );
    }
  }
}
